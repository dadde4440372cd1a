/** How fast the agent speaks in one call: as the voice does, and slower each time the caller asks for it. */

/**
 * Factors on the voice's own rate. Measured on 24 of the example hotline's pieces with en_US-joe-medium, these come out as
 * 0.79 (0.76 to 0.82) and 0.62 (0.60 to 0.66); slower than that a voice draws its vowels out and is harder to follow.
 */
const PACES = [1, 0.8, 0.65] as const;

/** The voice's own pace. */
export const USUAL_PACE = 1;

/** The next pace below this one; the slowest is its own. */
export function slowerThan(pace: number): number {
  return PACES.find((slower) => slower < pace) ?? PACES[PACES.length - 1] ?? USUAL_PACE;
}
