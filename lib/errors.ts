/**
 * A mistake of the user's (a file, a flag, a configuration), told in one sentence that names what is wrong and
 * what would be right. The command line prints the message alone; every other error is a defect of the kit and
 * keeps its stack trace.
 */
export class UserError extends Error {
  override name = "UserError";
  /** The command that puts it right, where there is one. */
  readonly fix?: string;

  constructor(message: string, { fix }: { fix?: string } = {}) {
    super(message);
    this.fix = fix;
  }
}
