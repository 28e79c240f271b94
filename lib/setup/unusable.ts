/** Why an addon cannot be had or does not work, as the end of a sentence; there may be another way. */
export class Unusable extends Error {
  override name = "Unusable";
}
