// The way back through one loop of the block, for one token, but for attention itself.

// From dF = dZ_{t+1} back to o, and to u by way of the MLP; leaves what attention and the gradients need.
fn updateBackward(t: u32, i: u32) {
  var u = blockInput(t, i);
  var normalised = u;
  state[at(slots.scale, i)].x = normalise(&normalised);
  store(slots.normalised1, i, &normalised);
  project(i, &normalised);

  var da = load(slots.dz, i);
  if (model.mlp > 0u) {
    add(&u, attentionOutput(t, i));
    let r = normalise(&u);
    store(slots.normalised2, i, &u);
    var dF = da;
    store(slots.df, i, &dF);
    var du: State;
    for (var k = 0u; k < model.mlp; k++) {
      let h = hidden(k, &u);
      let first = gelu(h.x);
      let second = gelu(h.y);
      let third = gelu(h.z);
      let fourth = gelu(h.w);
      let dActive = rowDots(places.outWeight + 4u * k * WIDTH, &dF);
      let dHidden = dActive * vec4f(first.y, second.y, third.y, fourth.y);
      state[at(slots.hidden + k, i)] = vec4f(first.x, second.x, third.x, fourth.x);
      state[at(slots.dHidden + k, i)] = dHidden;
      addRows(&du, places.inWeight + 4u * k * WIDTH, dHidden);
    }
    normaliseBackward(&du, &u, r);
    store(slots.du, i, &du);
    add(&da, du);
  }
  store(slots.da, i, &da);
  for (var o = 0u; o < model.inner; o++) {
    state[at(slots.dMixed + o, i)] = rowDots(places.outputWeight + 4u * o * WIDTH, &da);
  }
  for (var head = 0u; head < model.heads; head++) { prepareRow(t, i, head); }
}

// From q, k, v back to u, and from u to X and Z_t.
fn inputBackward(i: u32) {
  var du: State;
  for (var o = 0u; o < 3u * model.inner; o++) {
    addRows(&du, places.qkvWeight + 4u * o * WIDTH, state[at(slots.dQkv + o, i)]);
  }
  var normalised = load(slots.normalised1, i);
  normaliseBackward(&du, &normalised, state[at(slots.scale, i)].x);
  if (model.mlp > 0u) { add(&du, load(slots.du, i)); }
  if (model.plain == 0u) {
    var dx = du;
    add(&dx, load(slots.dx, i));
    store(slots.dx, i, &dx);
  }
  if (model.residual == 1u) { add(&du, load(slots.dz, i)); }
  store(slots.dz, i, &du);
}
