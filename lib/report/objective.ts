/**
 * The objective's formulas (eq. 2–5), as they were trained.
 *
 * @module
 */
import type { ObjectiveConfig } from "../models/config.ts";
import { formula, textWithFormulas } from "./formula.ts";
import { type Html, html } from "./html.ts";

const total = String
  .raw`\mathcal{L}_{\text{Total}} = \mathcal{L}_{\text{Task}} + \lambda_P\,\mathcal{L}_{\text{Potential}}
  + \lambda_K\,\mathcal{L}_{\text{Kinetic}} + \lambda_S\,\mathcal{L}_{\text{Entropy}}`;

const kineticNorm = String.raw`\mathcal{L}_{\text{Kinetic}} = \frac{1}{2BL} \sum_{b=1}^{B} \sum_{\ell=1}^{L}
  \lVert Z_{T,b\ell} - Z_{0,b\ell} \rVert_2`;

const potential = String
  .raw`\mathcal{L}_{\text{Potential}} = \frac{1}{T} \sum_{t=1}^{T} \min_j\,(-\log p_{tj})`;

const entropy = String
  .raw`\mathcal{L}_{\text{Entropy}} = \Bigl| \frac{1}{T} \sum_{t=1}^{T} S_q(p_t) - \eta \Bigr|, \qquad
  S_q(p) = \frac{1 - \sum_j p_j^q}{q-1}`;

const taskText =
  "$\\mathcal{L}_{\\text{Task}}$ is the mean cross-entropy over sequences and positions, ⊥ (no earlier " +
  "occurrence) being a class as any other.";

const averageText =
  "$p_{tj}$ is the attention that a query pays to key $j$ in loop $t$. The paper leaves open how " +
  "queries, heads and sequences are averaged: here it is the mean over all of them, and over loops.";

/** Eq. 2–5 with their numbers, and how each is read. */
export function objectiveFormulas({ kinetic }: ObjectiveConfig): Html {
  const squared = kinetic === "squared";
  const kineticText = squared
    ? "The paper prints the plain norm; Table 2's values fit the squared norm, which is used here."
    : "The plain norm, as the paper prints it.";
  return html`
    ${equation(2, total)}
    <p>${textWithFormulas(taskText)}</p>
    ${equation(3, squared ? `${kineticNorm}^2` : kineticNorm)}
    <p>${kineticText}</p>
    ${equation(4, potential)}
    ${equation(5, entropy)}
    <p>${textWithFormulas(averageText)}</p>
  `;
}

function equation(number: number, tex: string): Html {
  return html`
    <div class="equation"><div>${formula(tex, { display: true })}</div><span>(${number})</span></div>
  `;
}
