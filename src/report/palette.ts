/** A filled area and the ink of the text on it. */
interface Fill {
  readonly fill: string;
  readonly ink: string;
}

/** The colours of a scheme, as #rrggbb. */
export interface Scheme {
  readonly page: string;
  readonly surface: string;
  readonly ink: string;
  readonly muted: string;
  readonly line: string;
  /** Links, estimates and their intervals. */
  readonly accent: string;
  readonly warning: Fill;
  readonly warningLine: string;
  /** From far below (−4) over even (0) to far above (+4): orange and blue, which colour-blind readers can tell apart. [9] */
  readonly steps: readonly Fill[];
}

const DARK_INK = "#14171b";
const WHITE = "#ffffff";

export const LIGHT: Scheme = {
  page: "#fbfaf7",
  surface: "#ffffff",
  ink: "#1b1f24",
  muted: "#59606a",
  line: "#dedad1",
  accent: "#1d4f91",
  warning: { fill: "#fdf3dc", ink: "#453204" },
  warningLine: "#b9790a",
  steps: [
    { fill: "#863903", ink: WHITE },
    { fill: "#b25413", ink: WHITE },
    { fill: "#e59a5c", ink: DARK_INK },
    { fill: "#f6d3b3", ink: DARK_INK },
    { fill: "#eceae4", ink: DARK_INK },
    { fill: "#c7dbef", ink: DARK_INK },
    { fill: "#8bb6de", ink: DARK_INK },
    { fill: "#3370b0", ink: WHITE },
    { fill: "#123f73", ink: WHITE },
  ],
};

export const DARK: Scheme = {
  page: "#14171b",
  surface: "#1b1f25",
  ink: "#e8eaed",
  muted: "#a6aeb8",
  line: "#363d47",
  accent: "#8ab8f0",
  warning: { fill: "#2f2712", ink: "#f3e2b4" },
  warningLine: "#d9a440",
  steps: [
    { fill: "#f9ba86", ink: DARK_INK },
    { fill: "#d8853f", ink: DARK_INK },
    { fill: "#8f5324", ink: WHITE },
    { fill: "#523a28", ink: WHITE },
    { fill: "#2c323a", ink: WHITE },
    { fill: "#28415c", ink: WHITE },
    { fill: "#2f6194", ink: WHITE },
    { fill: "#5f9dda", ink: DARK_INK },
    { fill: "#abd0f6", ink: DARK_INK },
  ],
};
