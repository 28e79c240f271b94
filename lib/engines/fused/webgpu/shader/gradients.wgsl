// The sequence's gradient of the weights, which lies as the weights do. Each of its numbers belongs to one thread,
// which adds up over all tokens in their order.

fn addGradient(place: u32, value: vec4f) {
  gradients[sequence * WEIGHTS + place] += value;
}

// dW_rc += Σ_i a_r(i)·b_c(i) for the rows of `count` slots of a, and b as wide as the model.
fn outer(thread: u32, matrix: u32, a: u32, count: u32, b: u32) {
  for (var task = thread; task < count * WIDTH; task += GROUP) {
    let r = task / WIDTH;
    let c = task % WIDTH;
    var first = vec4f();
    var second = vec4f();
    var third = vec4f();
    var fourth = vec4f();
    for (var i = 0u; i < settings.length; i++) {
      let x = state[at(a + r, i)];
      let y = state[at(b + c, i)];
      first += x.x * y;
      second += x.y * y;
      third += x.z * y;
      fourth += x.w * y;
    }
    let place = matrix + 4u * r * WIDTH + c;
    addGradient(place, first);
    addGradient(place + WIDTH, second);
    addGradient(place + 2u * WIDTH, third);
    addGradient(place + 3u * WIDTH, fourth);
  }
}

// db += Σ_i a(i) for `count` slots. The threads with most to do in `outer` are not those that are busy here.
fn columnSums(thread: u32, bias: u32, a: u32, count: u32) {
  for (var task = GROUP - 1u - thread; task < count; task += GROUP) {
    var total = vec4f();
    for (var i = 0u; i < settings.length; i++) { total += state[at(a + task, i)]; }
    addGradient(bias + task, total);
  }
}

fn readoutGradients(thread: u32) {
  outer(thread, READOUT_WEIGHT, LOGITS, CLASS_SLOTS, READ);
  columnSums(thread, READOUT_BIAS, LOGITS, CLASS_SLOTS);
}

// After `updateBackward`.
fn updateGradients(thread: u32, t: u32) {
  if (MLP > 0u) {
    outer(thread, OUT_WEIGHT, ACTIVE, MLP, DZ);
    columnSums(thread, OUT_BIAS, DZ, WIDTH);
    outer(thread, IN_WEIGHT, D_HIDDEN, MLP, NORMALISED2);
    columnSums(thread, IN_BIAS, D_HIDDEN, MLP);
  }
  outer(thread, OUTPUT_WEIGHT, mixedSlot(t), INNER, DA);
  columnSums(thread, OUTPUT_BIAS, DA, WIDTH);
}

// After attention's way back.
fn projectionGradients(thread: u32) {
  outer(thread, QKV_WEIGHT, D_QKV, 3u * INNER, NORMALISED1);
  columnSums(thread, QKV_BIAS, D_QKV, 3u * INNER);
}

// What comes back to X goes to its symbol's embedding; with the plain recurrence Z_0 is X as well.
fn embeddingGradients(thread: u32) {
  for (var task = thread; task < VOCABULARY * WIDTH; task += GROUP) {
    let symbol = task / WIDTH;
    let c = task % WIDTH;
    var total = vec4f();
    for (var i = 0u; i < settings.length; i++) {
      if (u32(tokens[tokenAt(i)].x) == symbol) {
        total += state[at(DX + c, i)];
        if (PLAIN) { total += state[at(DZ + c, i)]; }
      }
    }
    addGradient(EMBEDDING + task, total);
  }
}
