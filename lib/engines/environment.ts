/**
 * Variables of the environment that native libraries read, as far as this process may use them.
 *
 * @module
 */

/** Sets a variable that the user has not set; without the permission the library's own choice stands. */
export function setUnlessSet(variable: string, value: string): void {
  if (mayUse(variable) && Deno.env.get(variable) === undefined) Deno.env.set(variable, value);
}

/** Whether this process may read and set the variable. */
export function mayUse(variable: string): boolean {
  return Deno.permissions.querySync({ name: "env", variable }).state === "granted";
}
