/**
 * The task `lab`: makes this Deno known to Jupyter and opens JupyterLab in `notebooks/`.
 *
 * @module
 */
import { fileURLToPath } from "node:url";

const MISSING =
  "Cannot open JupyterLab as the command `jupyter-lab` is missing: `pip install jupyterlab` brings it " +
  "(or open notebooks/ in VS Code with its Jupyter extension and choose the kernel Deno); " +
  "nothing else here needs Python.";

const notebooks = fileURLToPath(new URL("../../notebooks/", import.meta.url));
await new Deno.Command(Deno.execPath(), { args: ["jupyter", "--install", "--force"] }).spawn().status;
try {
  const lab = new Deno.Command("jupyter-lab", { args: Deno.args, cwd: notebooks }).spawn();
  // Ctrl-C is for JupyterLab, which asks before it ends.
  Deno.addSignalListener("SIGINT", () => {});
  Deno.exitCode = (await lab.status).code;
} catch (error) {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
  console.error(MISSING);
  Deno.exitCode = 1;
}
