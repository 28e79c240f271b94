// Attention of one query and one head, and what the objective and the way back need of its row:
//
//   s_ij = q_i·k_j − m·|i − j|      in units of log 2: the weights of q hold log₂e/(√headWidth·τ)
//   p_ij = 2^{s_ij} / Σ_j 2^{s_ij},  o_i = Σ_j p_ij v_j
//
// Nothing as large as L×L is kept: scores are made anew whenever they are needed, with the same operations in the
// same order (hence `fma`), so that the largest is found again.
//
// Keys that tie for the maximum have e = 1. They are counted (n) and left out of the sum δ of the others, so that
// rows close to one-hot keep their digits: Σe = n + δ, and log Σe = log1p(n − 1 + δ).

// s of a query and a key, either of which is at hand and the other in slots.
fn score(mine: ptr<function, Head>, i: u32, slot: u32, j: u32) -> f32 {
  var sum = vec4f();
  for (var c = 0u; c < headEnd(); c++) { sum = fma((*mine)[c], state[at(slot + c, j)], sum); }
  return fma(-model.slope, f32(max(i, j) - min(i, j)), sumOf(sum));
}

// One past the last key that query i sees.
fn keysEnd(i: u32) -> u32 {
  return select(settings.length, i + 1u, model.causal == 1u);
}

fn rowMaximum(query: ptr<function, Head>, i: u32, keys: u32) -> f32 {
  var maximum = -1e30;
  for (var j = 0u; j < keysEnd(i); j++) {
    let s = score(query, i, keys, j);
    maximum = select(maximum, s, s > maximum);
  }
  return maximum;
}

// h = (p − p^q)/(q − 1) = −p^{min(q,1)}·(p^{|q−1|} − 1)/|q − 1| from log₂ p; −p·log p at q = 1.
fn entropyTerm(logarithm: f32) -> f32 {
  if (model.qDistance == 0.0) { return -LN2 * logarithm * power2(logarithm); }
  let power = power2(min(model.q, 1.0) * logarithm);
  return power * power2Minus1(model.qDistance * logarithm) * (-1.0 / model.qDistance);
}

// Writes o of query i; returns −log max_j p_ij and S_q of the row where they are wanted.
fn attend(t: u32, i: u32, head: u32) -> vec2f {
  var query = loadHead(slots.query + head * HEAD, i);
  let keys = slots.key + head * HEAD;
  let values = slots.value + head * HEAD;
  let maximum = rowMaximum(&query, i, keys);
  var mixed: Head;
  var others = 0.0;
  var powers = 0.0;
  var ties = 0.0;
  for (var j = 0u; j < keysEnd(i); j++) {
    let s = score(&query, i, keys, j);
    let e = power2(s - maximum);
    if (s == maximum) {
      ties += 1.0;
    } else {
      others += e;
      if (TRAINING && model.q == 1.5) { powers += e * sqrt(e); }
    }
    for (var c = 0u; c < headEnd(); c++) { mixed[c] += e * state[at(values + c, j)]; }
  }
  let rest = (ties - 1.0) + others;
  let inverse = 1.0 / (1.0 + rest);
  for (var c = 0u; c < headEnd(); c++) { mixed[c] *= inverse; }
  storeHead(mixedSlot(t) + head * HEAD, i, &mixed);
  if (!TRAINING) { return vec2f(); }

  let logarithm = LOG2E * log1p(rest);
  var entropy = 0.0;
  if (model.q == 1.5) {
    // h = 2·p·(1 − √p) = 2·p·(1 − p)/(1 + √p): the first form for the others, the second for the largest
    let root = sqrt(inverse);
    entropy = 2.0 * (inverse * (others - root * powers) + ties * inverse * (rest * inverse) / (1.0 + root));
  } else {
    for (var j = 0u; j < keysEnd(i); j++) {
      entropy += entropyTerm((score(&query, i, keys, j) - maximum) - logarithm);
    }
  }
  state[at(rowSlot(t, head), i)] = vec4f(maximum, logarithm, 1.0 / max(ties, 1.0), entropy);
  return vec2f(LN2 * logarithm, entropy);
}

// Of each row of attention: its maximum, log₂ Σ_j 2^{s_ij − maximum}, 1/n, and S_q.
fn rowSlot(t: u32, head: u32) -> u32 {
  return slots.rows + t * model.heads + head;
}
