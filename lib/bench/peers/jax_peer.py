"""The block of preset eer in JAX, jitted: a train step (objective, gradient, AdamW) or a forward pass."""
import math

from protocol import serve


def get_ready(message):
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_platforms", "cpu")
    model, objective, training = (message["configuration"][part] for part in ("model", "objective", "training"))
    d, heads, loops = model["width"], model["heads"], model["loops"]
    tokens, targets = jnp.array(message["tokens"]), jnp.array(message["targets"])
    count, length = tokens.shape
    parameters = {name: jnp.array(value, jnp.float32) for name, value in message["parameters"].items()}

    position = jnp.arange(length, dtype=jnp.float32)
    angle = position[:, None] * jnp.exp(-math.log(1e4) * jnp.arange(0, d, 2) / d)
    encoding = model["positions"]["scale"] * jnp.stack([jnp.sin(angle), jnp.cos(angle)], -1).reshape(length, d)
    distance = position[:, None] - position[None]
    bias = jnp.where(distance < 0, -1e9, -model["recency"] * distance)

    def run(p, tokens, with_terms):
        def linear(name, x):
            return x @ p[name + ".weight"] + p[name + ".bias"]

        def norm(name, x):
            centred = x - x.mean(-1, keepdims=True)
            scale = jax.lax.rsqrt(x.var(-1, keepdims=True) + 1e-5)
            return centred * scale * p[name + ".gain"] + p[name + ".bias"]

        def by_head(x):
            return x.reshape(count, length, heads, d // heads).swapaxes(1, 2)

        X = p["embedding"][tokens] + encoding

        def loop(Z, _):
            u = X + Z
            h = norm("norm1", u)
            q, k, v = (by_head(linear(f"attention.{name}", h)) for name in ("query", "key", "value"))
            a = jax.nn.softmax(q @ k.swapaxes(-1, -2) / math.sqrt(d // heads) + bias)
            mixed = linear("attention.output", (a @ v).swapaxes(1, 2).reshape(count, length, d))
            hidden = jax.nn.gelu(linear("mlp.in", norm("norm2", u + mixed)))
            Z = Z + mixed + linear("mlp.out", hidden)
            if not with_terms:
                return Z, None
            # q = 1.5: S = 2 (1 - sum of p sqrt p)
            entropy = 2 * (1 - (a * jnp.sqrt(jnp.maximum(a, 1e-20))).sum(-1)).mean()
            return Z, (entropy, -jnp.log(a.max(-1)).mean())

        Z, terms = jax.lax.scan(loop, jnp.zeros_like(X), None, loops)
        return linear("readout", X + Z), Z, terms

    def loss(p, tokens, targets):
        logits, Z, (entropy, potential) = run(p, tokens, True)
        task = -jnp.take_along_axis(jax.nn.log_softmax(logits), targets[..., None], -1).mean()
        return (
            task
            + objective["lambdaPotential"] * potential.mean()
            + objective["lambdaKinetic"] * 0.5 * (Z**2).sum(-1).mean()
            + objective["lambdaEntropy"] * jnp.abs(entropy.mean() - objective["eta"])
        )

    forward = jax.jit(lambda p, tokens: run(p, tokens, False)[0])
    rate, decay = training["learningRate"], training["weightDecay"]

    @jax.jit
    def step(state, tokens, targets):
        p, m, v, t = state
        value, g = jax.value_and_grad(loss)(p, tokens, targets)
        tree = jax.tree_util.tree_map
        m = tree(lambda m, g: 0.9 * m + 0.1 * g, m, g)
        v = tree(lambda v, g: 0.999 * v + 0.001 * g * g, v, g)
        p = tree(
            lambda p, m, v: p * (1 - rate * decay)
            - rate * (m / (1 - 0.9**t)) / (jnp.sqrt(v / (1 - 0.999**t)) + 1e-8),
            p, m, v,
        )
        return (p, m, v, t + 1), value

    zeros = {name: jnp.zeros_like(value) for name, value in parameters.items()}
    state = (parameters, zeros, zeros, jnp.float32(1))
    trains = message["kind"] == "train"

    def once():
        nonlocal state
        if trains:
            state, _ = step(state, tokens, targets)
            jax.block_until_ready(state)
        else:
            forward(parameters, tokens).block_until_ready()

    value = step(state, tokens, targets)[1] if trains else (forward(parameters, tokens) ** 2).mean()
    return f"JAX {jax.__version__}", float(value), once


serve(get_ready)
