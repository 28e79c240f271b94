import { engines } from "../engines/select.ts";

/** An engine on a backend, as `--engine` and `--backend` name them. */
export interface Patient {
  readonly engine: string;
  readonly backend: string;
}

/** Every engine on each of its backends. */
export const patients: readonly Patient[] = Object.entries(engines).flatMap(([engine, backends]) =>
  backends.map((backend) => ({ engine, backend }))
);
