// What the engine calls itself, and the range of Docker's API that it speaks. The version is package.json's.

export const engineVersion = '0.1.0';

/** Docker's API versions are `1.<minor>`; only the minor number is compared. */
export const maxApiMinor = 51;
export const minApiMinor = 24;
