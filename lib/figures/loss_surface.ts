/**
 * Loss surfaces in perspective, as in Figure 1 of the paper.
 *
 * @module
 */
import { rgb } from "d3-color";
import { gridAxis } from "../analysis/landscape/grid.ts";
import type { Surface } from "../analysis/landscape/surface.ts";
import type { Showable } from "./display.ts";
import { svgElement } from "./dom.ts";
import { figureGrid, panelWidth } from "./grid.ts";
import type { Block } from "./layout.ts";
import { type LossScale, lossScale, type LossScaleKind } from "./loss_scale.ts";
import { ink, muted, pageWidth, rule } from "./theme.ts";

/** A surface with its title, such as "EER weights, EER objective". */
export interface LossView {
  readonly title: string;
  readonly surface: Surface;
}

/** How to draw surfaces. */
export interface LossSurfaceOptions {
  /** Panels in a row. Default: 2. */
  readonly columns?: number;
  readonly width?: number;
  /** Default: log. */
  readonly scale?: LossScaleKind;
  /** Names of the directions, on the axes. Default: α and β. */
  readonly axes?: readonly [alpha: string, beta: string];
}

/**
 * Each surface in perspective, its height and colour the loss, on one scale for all.
 *
 * @throws {RangeError} if a loss is not positive where the scale is logarithmic
 */
export function lossSurfaces(views: readonly LossView[], options: LossSurfaceOptions = {}): Showable<Block> {
  const { width = pageWidth, columns = width < 480 ? 1 : Math.min(2, views.length), axes = ["α", "β"] } =
    options;
  const scale = lossScale(views.map(({ surface }) => surface), options.scale);
  const side = panelWidth(width, columns);
  const panels = views.map(({ title, surface }) => ({
    title,
    plot: perspective(surface, { scale, side, axes }),
  }));
  return figureGrid(panels, { columns, ramp: scale.ramp() });
}

/** A point in the unit box: α and β in [−1, 1], height in [0, 1]. */
type Corner = readonly [alpha: number, beta: number, height: number];

const AZIMUTH = 0.62;
const ELEVATION = 0.58;
const HEIGHT = 1.5;

/** How far a place of the floor is from the eye. */
const depth = (alpha: number, beta: number) => alpha * Math.sin(AZIMUTH) + beta * Math.cos(AZIMUTH);

function perspective(
  surface: Surface,
  { scale, side, axes }: { scale: LossScale; side: number; axes: readonly [string, string] },
): Block {
  const [marginLeft, marginRight, marginTop, marginBottom] = [30, 20, 6, 26];
  const unit = (side - marginLeft - marginRight) / (2 * (Math.cos(AZIMUTH) + Math.sin(AZIMUTH)));
  const floor = unit * Math.sin(ELEVATION) * (Math.cos(AZIMUTH) + Math.sin(AZIMUTH));
  const top = marginTop + floor + unit * HEIGHT * Math.cos(ELEVATION);
  const screen = ([alpha, beta, height]: Corner): [number, number] => [
    marginLeft + (side - marginLeft - marginRight) / 2 +
    unit * (alpha * Math.cos(AZIMUTH) - beta * Math.sin(AZIMUTH)),
    top - unit * (depth(alpha, beta) * Math.sin(ELEVATION) + HEIGHT * height * Math.cos(ELEVATION)),
  ];
  const height = (position: number) => (position - scale.domain[0]) / (scale.domain[1] - scale.domain[0]);
  return svgElement(
    "svg",
    { width: side, height: Math.ceil(top + floor + marginBottom), "font-size": 9 },
    ...backWalls(scale, { screen, height }),
    svgElement(
      "g",
      // Lines also hide the seams between cells.
      { stroke: ink, "stroke-opacity": 0.2, "stroke-width": 0.3, "stroke-linejoin": "round" },
      ...cells(surface, { scale, screen, height }),
    ),
    ...floorAxes(surface.range, { screen, axes }),
  );
}

interface View {
  readonly screen: (corner: Corner) => [number, number];
  readonly height: (position: number) => number;
}

/** The surface's quadrilaterals, those farthest from the eye first. */
function cells(
  surface: Surface,
  { scale, screen, height }: View & { scale: LossScale },
): SVGElement[] {
  const { grid } = surface;
  const axis = gridAxis({ grid, range: 1 });
  const positions = scale.positions(surface);
  const quads = Array.from({ length: (grid - 1) ** 2 }, (_, index) => {
    const [i, j] = [index % (grid - 1), Math.floor(index / (grid - 1))];
    const corners = [[i, j], [i + 1, j], [i + 1, j + 1], [i, j + 1]].map(([x, y]): Corner => [
      axis[x],
      axis[y],
      height(positions[y * grid + x]),
    ]);
    const position = (positions[j * grid + i] + positions[j * grid + i + 1] + positions[(j + 1) * grid + i] +
      positions[(j + 1) * grid + i + 1]) / 4;
    return { corners, position, distance: depth(axis[i] + axis[i + 1], axis[j] + axis[j + 1]) };
  });
  return quads.sort((a, b) => b.distance - a.distance).map(({ corners, position }) => {
    const points = corners.map((corner) => screen(corner).map((each) => each.toFixed(1)).join(",")).join(" ");
    return svgElement("polygon", { points, fill: lit(scale.color(position), corners) });
  });
}

/** The colour in light from the upper left. */
function lit(color: string, [a, b, , d]: readonly Corner[]): string {
  const [slopeAlpha, slopeBeta] = [(b[2] - a[2]) / (b[0] - a[0]), (d[2] - a[2]) / (d[1] - a[1])].map((
    slope,
  ) => HEIGHT * slope);
  const normal = Math.hypot(slopeAlpha, slopeBeta, 1);
  const light = (0.5 * slopeAlpha - 0.35 * slopeBeta + 0.8) / normal / Math.hypot(0.5, 0.35, 0.8);
  return rgb(color).darker(0.9 * (1 - Math.max(0, light))).formatHex();
}

/** The two walls behind the surface with lines at the ticks, and the ticks' labels at the left edge. */
function backWalls({ ticks }: LossScale, { screen, height }: View): SVGElement[] {
  const line = (from: Corner, to: Corner, stroke = rule) => {
    const [[x1, y1], [x2, y2]] = [screen(from), screen(to)];
    return svgElement("line", { x1, y1, x2, y2, stroke });
  };
  const levels = ticks.flatMap((tick) => {
    const at = height(tick.at);
    const [x, y] = screen([-1, 1, at]);
    return [
      line([-1, 1, at], [1, 1, at]),
      line([1, 1, at], [1, -1, at]),
      line([-1, 1, at], [-1.03, 1.03, at], ink),
      svgElement(
        "text",
        { x: x - 5, y: y + 3, "text-anchor": "end", fill: ink },
        tick.label,
      ),
    ];
  });
  const edges = ([[-1, 1], [1, 1], [1, -1]] as const).map(([a, b]) => line([a, b, 0], [a, b, 1]));
  return [
    ...edges,
    line([-1, 1, 0], [1, 1, 0]),
    line([1, 1, 0], [1, -1, 0]),
    ...levels,
    line([-1, 1, 0], [-1, 1, 1], ink),
  ];
}

/** The two edges of the floor before the surface, with their ticks and names. */
function floorAxes(
  range: number,
  { screen, axes: [alpha, beta] }: Pick<View, "screen"> & { axes: readonly [string, string] },
): SVGElement[] {
  const text = (at: Corner, content: string, attributes: Record<string, string | number>) => {
    const [x, y] = screen(at);
    return svgElement("text", { x, y, fill: ink, ...attributes }, content);
  };
  const line = (from: Corner, to: Corner) => {
    const [[x1, y1], [x2, y2]] = [screen(from), screen(to)];
    return svgElement("line", { x1, y1, x2, y2, stroke: ink });
  };
  const label = (at: number) => `${at * range}`.replace("-", "−");
  const name = { "text-anchor": "middle", "font-size": 11, fill: muted };
  return [
    line([-1, -1, 0], [1, -1, 0]),
    line([-1, -1, 0], [-1, 1, 0]),
    ...[-1, 0, 1].flatMap((at) => [
      line([at, -1, 0], [at, -1.05, 0]),
      text([at, -1.09, 0], label(at), { "text-anchor": "start", dy: 5 }),
      line([-1, at, 0], [-1.05, at, 0]),
      text([-1.09, at, 0], label(at), { "text-anchor": "end", dy: 5 }),
    ]),
    text([0.5, -1.2, 0], alpha, { ...name, dy: 8 }),
    text([-1.2, 0.5, 0], beta, { ...name, dy: 8 }),
  ];
}
