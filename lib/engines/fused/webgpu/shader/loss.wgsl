// The task's loss and the kinetic term of one token, and their gradients with respect to Z_T and X.

// The target's logit and the largest.
fn targetAndLargest(i: u32, wanted: i32) -> vec2f {
  var found = vec2f(0.0, -1e30);
  for (var c = 0u; c < model.classes; c++) {
    let logit = state[at(slots.logits + c / 4u, i)][c % 4u];
    found.x = select(found.x, logit, i32(c) == wanted);
    found.y = select(found.y, logit, logit > found.y);
  }
  return found;
}

// −log softmax(y)_target; the logits are replaced by its gradient (softmax(y) − [target]), weighted.
fn taskLoss(i: u32) -> f32 {
  let wanted = tokens[tokenAt(i)].y;
  let found = targetAndLargest(i, wanted);
  // The largest are counted and left out of the sum of the others, so that a small loss keeps its digits.
  var others = 0.0;
  var ties = 0.0;
  for (var c = 0u; c < model.classes; c++) {
    let logit = state[at(slots.logits + c / 4u, i)][c % 4u];
    if (logit == found.y) { ties += 1.0; } else { others += power2(LOG2E * (logit - found.y)); }
  }
  let rest = (ties - 1.0) + others;
  let weight = select(settings.taskWeight, 0.0, wanted < 0);
  for (var c = 0u; c < model.classes; c++) {
    let logit = state[at(slots.logits + c / 4u, i)][c % 4u];
    let p = power2(LOG2E * (logit - found.y)) / (1.0 + rest);
    state[at(slots.logits + c / 4u, i)][c % 4u] = weight * (p - select(0.0, 1.0, i32(c) == wanted));
  }
  return select(log1p(rest) + (found.y - found.x), 0.0, wanted < 0);
}

// Leaves dZ_T and dX.
fn lossBackward(i: u32) {
  var y = blockInput(model.loops, i);
  store(slots.read, i, &y);
  for (var c = 0u; c < model.classSlots; c++) { state[at(slots.logits + c, i)] = logitsOf(c, &y); }
  let task = taskLoss(i);

  var dz: State;
  for (var c = 0u; c < model.classSlots; c++) {
    let dLogits = withoutOtherClasses(c, state[at(slots.logits + c, i)]);
    state[at(slots.logits + c, i)] = dLogits;
    addRows(&dz, places.readoutWeight + 4u * c * WIDTH, dLogits);
  }
  var dx: State;
  if (model.plain == 0u) { dx = dz; }

  // ½‖ΔZ‖² or ½‖ΔZ‖ with ΔZ = Z_T − Z_0; ∂(½‖ΔZ‖²) = ΔZ, ∂(½‖ΔZ‖) = ½ΔZ/‖ΔZ‖, 0 where ΔZ is 0
  var moved = load(latent(model.loops), i);
  var start = load(latent(0u), i);
  var squares = vec4f();
  for (var c = 0u; c < widthEnd(); c++) {
    moved[c] -= start[c];
    squares += moved[c] * moved[c];
  }
  var size = sumOf(squares);
  var factor = settings.kineticWeight;
  if (model.squaredKinetic == 0u) {
    size = sqrt(size);
    factor = select(0.5 * factor / size, 0.0, size == 0.0);
  }
  for (var c = 0u; c < widthEnd(); c++) {
    dz[c] += factor * moved[c];
    if (model.plain == 1u) { dx[c] -= factor * moved[c]; }
  }
  store(slots.dz, i, &dz);
  store(slots.dx, i, &dx);
  sums[tokenAt(i)] = state[at(slots.terms, i)] + vec4f(task, 0.0, 0.5 * size, 0.0);
}

// Channels beyond the classes are padding, which gets no gradient.
fn withoutOtherClasses(c: u32, x: vec4f) -> vec4f {
  return select(vec4f(), x, channelsOf(c) < vec4u(model.classes));
}
