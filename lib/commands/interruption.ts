/**
 * Turns Ctrl-C into an abort signal. Another Ctrl-C asks for no more than that: npx sends two for one.
 */
export function interruption(): { readonly signal: AbortSignal } & Disposable {
  const controller = new AbortController();
  const abort = () => controller.abort();
  const signals: Deno.Signal[] = Deno.build.os === "windows" ? ["SIGINT"] : ["SIGINT", "SIGTERM"];
  for (const each of signals) Deno.addSignalListener(each, abort);
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => signals.forEach((each) => Deno.removeSignalListener(each, abort)),
  };
}
