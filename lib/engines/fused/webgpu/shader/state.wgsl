// Where things lie. A workgroup does one sequence; whatever it keeps of a token lies in slots of four channels,
// the tokens of a slot side by side: neighbouring threads do neighbouring tokens. The host writes constants for what
// arrays need (WIDTH and HEAD, in slots); all else of the model comes as numbers, so that one compilation does for
// many models.

// Channels of the model's state, and of one head.
alias State = array<vec4f, WIDTH>;
alias Head = array<vec4f, HEAD>;

// The sequence of this workgroup, and where its slots begin.
var<private> sequence: u32;
var<private> firstSlot: u32;

fn selectSequence(index: u32) {
  sequence = index;
  firstSlot = index * slots.all * settings.length;
}

// Four channels of token i.
fn at(slot: u32, i: u32) -> u32 {
  return firstSlot + slot * settings.length + i;
}

// Token i of this sequence in arrays without slots.
fn tokenAt(i: u32) -> u32 {
  return sequence * settings.length + i;
}

fn load(slot: u32, i: u32) -> State {
  var x: State;
  for (var c = 0u; c < widthEnd(); c++) { x[c] = state[at(slot + c, i)]; }
  return x;
}

fn store(slot: u32, i: u32, x: ptr<function, State>) {
  for (var c = 0u; c < widthEnd(); c++) { state[at(slot + c, i)] = (*x)[c]; }
}

fn loadHead(slot: u32, i: u32) -> Head {
  var x: Head;
  for (var c = 0u; c < headEnd(); c++) { x[c] = state[at(slot + c, i)]; }
  return x;
}

fn storeHead(slot: u32, i: u32, x: ptr<function, Head>) {
  for (var c = 0u; c < headEnd(); c++) { state[at(slot + c, i)] = (*x)[c]; }
}

// Z_t: all of them are kept for the way back, else the present one alone.
fn latent(t: u32) -> u32 {
  return select(slots.z, slots.z + t * WIDTH, TRAINING);
}

// o of loop t, likewise.
fn mixedSlot(t: u32) -> u32 {
  return select(slots.mixed, slots.mixed + t * model.inner, TRAINING);
}

// Which channels the slot number c of several holds.
fn channelsOf(c: u32) -> vec4u {
  return vec4u(4u * c) + vec4u(0u, 1u, 2u, 3u);
}

fn sumOf(x: vec4f) -> f32 {
  return (x.x + x.y) + (x.z + x.w);
}

// Every matrix lies in rows along the model's width, so that one layout does for both directions:
// y_r = Σ_c W_rc x_c …
fn rowDot(row: u32, x: ptr<function, State>) -> f32 {
  var sum = vec4f();
  for (var c = 0u; c < widthEnd(); c++) { sum += weights[row + c] * (*x)[c]; }
  return sumOf(sum);
}

// … for four rows at a time …
fn rowDots(row: u32, x: ptr<function, State>) -> vec4f {
  return vec4f(
    rowDot(row, x), rowDot(row + WIDTH, x), rowDot(row + 2u * WIDTH, x), rowDot(row + 3u * WIDTH, x),
  );
}

// … and x_c += Σ_r W_rc y_r for four rows.
fn addRows(x: ptr<function, State>, row: u32, y: vec4f) {
  for (var c = 0u; c < widthEnd(); c++) {
    (*x)[c] += (weights[row + c] * y.x + weights[row + WIDTH + c] * y.y) +
      (weights[row + 2u * WIDTH + c] * y.z + weights[row + 3u * WIDTH + c] * y.w);
  }
}

fn add(x: ptr<function, State>, y: State) {
  var other = y;
  for (var c = 0u; c < widthEnd(); c++) { (*x)[c] += other[c]; }
}
