/** A share as per cent with one decimal, such as 74.8 %. */
export const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
