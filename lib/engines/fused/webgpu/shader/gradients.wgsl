// The sequence's gradient of the weights, which lies as the weights do. Each of its numbers belongs to one thread,
// which adds up over all tokens in their order.

// dW_rc += Σ_i a_r(i)·b_c(i) for the rows of `count` slots of a, and b as wide as the model; with db_r += Σ_i a_r(i)
// where the bias goes with the rows, else db_c += Σ_i b_c(i).
struct Product {
  matrix: u32,
  bias: u32,
  biasOfRows: bool,
  a: u32,
  count: u32,
  b: u32,
}

// The products of one loop, by number; `readout` comes but once.
fn product(number: u32, t: u32) -> Product {
  switch number {
    case 0u: {
      return Product(places.qkvWeight, places.qkvBias, true, slots.dQkv, 3u * model.inner, slots.normalised1);
    }
    case 1u: {
      return Product(places.outputWeight, places.outputBias, false, mixedSlot(t), model.inner, slots.da);
    }
    case 2u: {
      return Product(places.inWeight, places.inBias, true, slots.dHidden, model.mlp, slots.normalised2);
    }
    case 3u: {
      return Product(places.outWeight, places.outBias, false, slots.hidden, model.mlp, slots.df);
    }
    default: {
      return Product(places.readoutWeight, places.readoutBias, true, slots.logits, model.classSlots, slots.read);
    }
  }
}

fn addGradient(place: u32, value: vec4f) {
  gradients[sequence * model.weights + place] += value;
}

// Four rows by four columns of a product.
fn addProduct(given: Product, r: u32, c: u32) {
  var first = vec4f();
  var second = vec4f();
  var third = vec4f();
  var fourth = vec4f();
  var rows = vec4f();
  var columns = vec4f();
  for (var i = 0u; i < settings.length; i++) {
    let x = state[at(given.a + r, i)];
    let y = state[at(given.b + c, i)];
    first += x.x * y;
    second += x.y * y;
    third += x.z * y;
    fourth += x.w * y;
    rows += x;
    columns += y;
  }
  let place = given.matrix + 4u * r * WIDTH + c;
  addGradient(place, first);
  addGradient(place + WIDTH, second);
  addGradient(place + 2u * WIDTH, third);
  addGradient(place + 3u * WIDTH, fourth);
  if (given.biasOfRows && c == 0u) { addGradient(given.bias + r, rows); }
  if (!given.biasOfRows && r == 0u) { addGradient(given.bias + c, columns); }
}

// All products of a loop, their pieces dealt out to the threads.
fn addProducts(thread: u32, t: u32) {
  let numbers = select(4u, 5u, t == model.loops - 1u);
  var piece = thread;
  for (var number = 0u; number < numbers; number++) {
    let given = product(number, t);
    let pieces = given.count * WIDTH;
    for (; piece < pieces; piece += GROUP) { addProduct(given, piece / WIDTH, piece % WIDTH); }
    piece -= pieces;
  }
}

// What comes back to X goes to its symbol's embedding; with the plain recurrence Z_0 is X as well.
fn addEmbedding(thread: u32) {
  for (var piece = thread; piece < model.vocabulary * WIDTH; piece += GROUP) {
    let symbol = piece / WIDTH;
    let c = piece % WIDTH;
    var total = vec4f();
    for (var i = 0u; i < settings.length; i++) {
      if (u32(tokens[tokenAt(i)].x) == symbol) {
        total += state[at(slots.dx + c, i)];
        if (model.plain == 1u) { total += state[at(slots.dz + c, i)]; }
      }
    }
    addGradient(places.embedding + piece, total);
  }
}
