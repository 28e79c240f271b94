// The way back through attention:
//
//   dv_j = Σ_i p_ij do_i,  dp_ij = do_i·v_j
//   ds_ij = p_ij (dp_ij − do_i·o_i) + λ_S q (h_ij − p_ij S_i) + λ_P (p_ij − [s_ij is the maximum]/n)
//   dq_i = Σ_j ds_ij k_j,  dk_j = Σ_i ds_ij q_i      times log 2, as s is in units of log 2
//
// A thread gathers dq of its token over the keys, then dk and dv over the queries: each p is computed twice, but
// no two threads write to the same place.

// p and ds of one entry.
fn entryBackward(row: vec4f, s: f32, dp: f32) -> vec2f {
  let logarithm = (s - row.x) - row.y;
  let p = power2(logarithm);
  var ofEntropy: f32;
  if (Q == 1.5) {
    ofEntropy = 2.0 * p * (1.0 - sqrt(p));
  } else {
    ofEntropy = entropyTerm(logarithm);
  }
  let ofLargest = select(0.0, settings.potentialWeight * row.z, s == row.x);
  return vec2f(p, p * (dp + row.w) + Q * settings.entropyWeight * ofEntropy - ofLargest);
}

// What p_ij is multiplied with besides dp_ij; takes the place of S_i, which is not needed any more.
fn prepareRow(t: u32, i: u32, head: u32) {
  var along = vec4f();
  for (var c = head * HEAD; c < (head + 1u) * HEAD; c++) {
    along += state[at(D_MIXED + c, i)] * state[at(mixedSlot(t) + c, i)];
  }
  let slot = at(rowSlot(t, head), i);
  let entropy = state[slot].w;
  state[slot].w = settings.potentialWeight - Q * settings.entropyWeight * entropy - sumOf(along);
}

fn dotHead(mine: ptr<function, Head>, slot: u32, j: u32) -> f32 {
  var sum = vec4f();
  for (var c = 0u; c < HEAD; c++) { sum += (*mine)[c] * state[at(slot + c, j)]; }
  return sumOf(sum);
}

fn addHead(to: ptr<function, Head>, factor: f32, slot: u32, j: u32) {
  for (var c = 0u; c < HEAD; c++) { (*to)[c] += factor * state[at(slot + c, j)]; }
}

// dq of query i.
fn queryBackward(t: u32, i: u32, head: u32) {
  let first = head * HEAD;
  var query = loadHead(QUERY + first, i);
  var dMixed = loadHead(D_MIXED + first, i);
  let row = state[at(rowSlot(t, head), i)];
  var dQuery: Head;
  for (var j = 0u; j < keysEnd(i); j++) {
    let entry = entryBackward(row, score(&query, i, KEY + first, j), dotHead(&dMixed, VALUE + first, j));
    addHead(&dQuery, LN2 * entry.y, KEY + first, j);
  }
  storeHead(D_QUERY + first, i, &dQuery);
}

// dk and dv of key j, the last query first: threads side by side then look at the same one.
fn keyBackward(t: u32, j: u32, head: u32) {
  let first = head * HEAD;
  var key = loadHead(KEY + first, j);
  var value = loadHead(VALUE + first, j);
  var dKey: Head;
  var dValue: Head;
  let start = select(0u, j, CAUSAL);
  for (var i = settings.length; i > start;) {
    i--;
    let row = state[at(rowSlot(t, head), i)];
    let entry = entryBackward(row, score(&key, j, QUERY + first, i), dotHead(&value, D_MIXED + first, i));
    addHead(&dValue, entry.x, D_MIXED + first, i);
    addHead(&dKey, LN2 * entry.y, QUERY + first, i);
  }
  storeHead(D_KEY + first, j, &dKey);
  storeHead(D_VALUE + first, j, &dValue);
}
