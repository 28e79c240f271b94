// The way back through attention:
//
//   dv_j = Σ_i p_ij do_i,  dp_ij = do_i·v_j
//   ds_ij = p_ij (dp_ij − do_i·o_i) + λ_S q (h_ij − p_ij S_i) + λ_P (p_ij − [s_ij is the maximum]/n)
//   dq_i = Σ_j ds_ij k_j,  dk_j = Σ_i ds_ij q_i      times log 2, as s is in units of log 2
//
// A thread gathers dq of its token over the keys, then dk and dv over the queries: each p is computed twice, but
// no two threads write to the same place.

// p and ds of one entry, from what `attend` and `prepareRow` left of its row.
fn entryBackward(row: vec4f, s: f32, dp: f32) -> vec2f {
  let logarithm = (s - row.x) - row.y;
  let p = power2(logarithm);
  var ofEntropy = 2.0 * p * (1.0 - sqrt(p));
  if (model.q != 1.5) { ofEntropy = entropyTerm(logarithm); }
  let ofLargest = select(0.0, settings.potentialWeight * row.z, s == row.x);
  return vec2f(p, p * (dp + row.w) + model.q * settings.entropyWeight * ofEntropy - ofLargest);
}

// What p_ij is multiplied with besides dp_ij; takes the place of S_i, which is not needed any more.
fn prepareRow(t: u32, i: u32, head: u32) {
  var along = vec4f();
  for (var c = head * HEAD; c < (head + 1u) * HEAD; c++) {
    along += state[at(slots.dMixed + c, i)] * state[at(mixedSlot(t) + c, i)];
  }
  let slot = at(rowSlot(t, head), i);
  let entropy = state[slot].w;
  state[slot].w = settings.potentialWeight - model.q * settings.entropyWeight * entropy - sumOf(along);
}

// Either role of a token: with q_i and do_i at hand it looks at k_j and v_j, and with k_i and v_i at those q_j and do_j
// that look back at it.
fn attentionBackward(t: u32, i: u32, head: u32, isKey: bool) {
  let first = head * HEAD;
  let query = slots.query + first;
  let key = slots.key + first;
  let value = slots.value + first;
  let dMixed = slots.dMixed + first;
  let itsVector = select(key, query, isKey);
  let itsOther = select(value, dMixed, isKey);
  var mine = loadHead(select(query, key, isKey), i);
  var myOther = loadHead(select(dMixed, value, isKey), i);
  var dMine: Head;
  var dOther: Head;
  let start = select(0u, i, isKey && model.causal == 1u);
  let end = select(keysEnd(i), settings.length, isKey);
  for (var n = start; n < end; n++) {
    // A query begins with the first key and a key with the last query: threads side by side look at the same one.
    let j = select(n, end - 1u - (n - start), isKey);
    let s = score(&mine, i, itsVector, j);
    var dp = vec4f();
    for (var c = 0u; c < headEnd(); c++) { dp += myOther[c] * state[at(itsOther + c, j)]; }
    let entry = entryBackward(state[at(rowSlot(t, head), select(i, j, isKey))], s, sumOf(dp));
    for (var c = 0u; c < headEnd(); c++) {
      dMine[c] += LN2 * entry.y * state[at(itsVector + c, j)];
      dOther[c] += entry.x * state[at(itsOther + c, j)];
    }
  }
  storeHead(select(slots.dQuery, slots.dKey, isKey) + first, i, &dMine);
  if (isKey) { storeHead(slots.dValue + first, i, &dOther); }
}
