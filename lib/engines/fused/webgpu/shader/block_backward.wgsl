// The way back through one loop of the block, for one token, but for attention itself.

// From dF = dZ_{t+1} back to o, and to u by way of the MLP; leaves what attention and the gradients need.
fn updateBackward(t: u32, i: u32) {
  var u = blockInput(t, i);
  var normalised = u;
  state[at(SCALE, i)].x = normalise(&normalised);
  store(NORMALISED1, i, &normalised);
  project(i, &normalised);

  var da = load(DZ, i);
  if (MLP > 0u) {
    add(&u, attentionOutput(t, i));
    let r = normalise(&u);
    store(NORMALISED2, i, &u);
    var dF = da;
    var du: State;
    for (var k = 0u; k < MLP; k++) {
      let h = hidden(k, &u);
      let first = gelu(h.x);
      let second = gelu(h.y);
      let third = gelu(h.z);
      let fourth = gelu(h.w);
      let dActive = rowDots(OUT_WEIGHT + 4u * k * WIDTH, &dF);
      let dHidden = dActive * vec4f(first.y, second.y, third.y, fourth.y);
      state[at(ACTIVE + k, i)] = vec4f(first.x, second.x, third.x, fourth.x);
      state[at(D_HIDDEN + k, i)] = dHidden;
      addRows(&du, IN_WEIGHT + 4u * k * WIDTH, dHidden);
    }
    normaliseBackward(&du, &u, r);
    store(DU, i, &du);
    add(&da, du);
  }
  store(DA, i, &da);
  for (var o = 0u; o < INNER; o++) {
    state[at(D_MIXED + o, i)] = rowDots(OUTPUT_WEIGHT + 4u * o * WIDTH, &da);
  }
  for (var head = 0u; head < HEADS; head++) { prepareRow(t, i, head); }
}

// From q, k, v back to u, and from u to X and Z_t.
fn inputBackward(i: u32) {
  var du: State;
  for (var o = 0u; o < 3u * INNER; o++) {
    addRows(&du, QKV_WEIGHT + 4u * o * WIDTH, state[at(D_QKV + o, i)]);
  }
  var normalised = load(NORMALISED1, i);
  normaliseBackward(&du, &normalised, state[at(SCALE, i)].x);
  if (MLP > 0u) { add(&du, load(DU, i)); }
  if (!PLAIN) {
    var dx = du;
    add(&dx, load(DX, i));
    store(DX, i, &dx);
  }
  if (RESIDUAL) { add(&du, load(DZ, i)); }
  store(DZ, i, &du);
}
