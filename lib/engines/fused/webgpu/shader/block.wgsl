// One loop of the block for one token, but for attention itself:
//
//   u = X + Z (plain: Z),  x̂₁ = LN u,  [q k v] = W x̂₁ + b
//   o = attention,  a = W_O o + b_O
//   x̂₂ = LN(u + a),  F = a + W₂ g(W₁ x̂₂ + b₁) + b₂  (without an MLP F = a)
//   Z ← Z + F, or F
//
// Gains and biases of the norms are folded into W, b and W₁, b₁.

// X, and Z_0: 0, or X for the plain recurrence.
fn embed(i: u32) {
  var x: State;
  let token = u32(tokens[tokenAt(i)].x);
  for (var c = 0u; c < widthEnd(); c++) {
    x[c] = weights[places.embedding + token * WIDTH + c] + positions[i * WIDTH + c];
  }
  store(slots.x, i, &x);
  if (model.plain == 0u) { x = State(); }
  store(latent(0u), i, &x);
}

fn blockInput(t: u32, i: u32) -> State {
  var u = load(latent(t), i);
  if (model.plain == 0u) { add(&u, load(slots.x, i)); }
  return u;
}

// Channels beyond the model's width are padding and stay 0.
fn withoutPadding(c: u32, x: vec4f) -> vec4f {
  return select(vec4f(), x, channelsOf(c) < vec4u(model.width));
}

// u becomes x̂ = (u − mean u)·r; returns r = 1/√(var u + ε). Without a norm x̂ = u.
fn normalise(u: ptr<function, State>) -> f32 {
  if (model.norm == 0u) { return 1.0; }
  var total = vec4f();
  for (var c = 0u; c < widthEnd(); c++) { total += (*u)[c]; }
  let mean = sumOf(total) / f32(model.width);
  var squares = vec4f();
  for (var c = 0u; c < widthEnd(); c++) {
    let centred = withoutPadding(c, (*u)[c] - mean);
    (*u)[c] = centred;
    squares += centred * centred;
  }
  let r = 1.0 / sqrt(sumOf(squares) / f32(model.width) + 1e-5);
  for (var c = 0u; c < widthEnd(); c++) { (*u)[c] *= r; }
  return r;
}

// dx̂ becomes du = r·(dx̂ − mean dx̂ − x̂·mean(dx̂·x̂)).
fn normaliseBackward(d: ptr<function, State>, normalised: ptr<function, State>, r: f32) {
  if (model.norm == 0u) { return; }
  var total = vec4f();
  var product = vec4f();
  for (var c = 0u; c < widthEnd(); c++) {
    total += (*d)[c];
    product += (*d)[c] * (*normalised)[c];
  }
  let mean = sumOf(total) / f32(model.width);
  let along = sumOf(product) / f32(model.width);
  for (var c = 0u; c < widthEnd(); c++) {
    (*d)[c] = r * withoutPadding(c, (*d)[c] - mean - (*normalised)[c] * along);
  }
}

// Writes q, k and v of x̂₁.
fn project(i: u32, normalised: ptr<function, State>) {
  for (var o = 0u; o < 3u * model.inner; o++) {
    state[at(slots.qkv + o, i)] = weights[places.qkvBias + o] + rowDots(places.qkvWeight + 4u * o * WIDTH, normalised);
  }
}

// a from o.
fn attentionOutput(t: u32, i: u32) -> State {
  var a: State;
  for (var c = 0u; c < widthEnd(); c++) { a[c] = weights[places.outputBias + c]; }
  for (var o = 0u; o < model.inner; o++) {
    addRows(&a, places.outputWeight + 4u * o * WIDTH, state[at(mixedSlot(t) + o, i)]);
  }
  return a;
}

// Four hidden channels of the MLP before GELU.
fn hidden(k: u32, normalised: ptr<function, State>) -> vec4f {
  return weights[places.inBias + k] + rowDots(places.inWeight + 4u * k * WIDTH, normalised);
}

// Z_{t+1} from o.
fn updateState(t: u32, i: u32) {
  var change = attentionOutput(t, i);
  if (model.mlp > 0u) {
    var v = blockInput(t, i);
    add(&v, change);
    normalise(&v);
    for (var c = 0u; c < widthEnd(); c++) { change[c] += weights[places.outBias + c]; }
    for (var k = 0u; k < model.mlp; k++) {
      let h = hidden(k, &v);
      addRows(&change, places.outWeight + 4u * k * WIDTH, vec4f(gelu(h.x).x, gelu(h.y).x, gelu(h.z).x, gelu(h.w).x));
    }
  }
  if (model.residual == 1u) { add(&change, load(latent(t), i)); }
  store(latent(t + 1u), i, &change);
}

// Four logits of y = X + Z (plain: Z).
fn logitsOf(c: u32, y: ptr<function, State>) -> vec4f {
  return weights[places.readoutBias + c] + rowDots(places.readoutWeight + 4u * c * WIDTH, y);
}
