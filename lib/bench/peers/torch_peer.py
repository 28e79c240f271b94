"""The block of preset eer in PyTorch: a train step (objective, gradient, AdamW) or a forward pass."""
import math

from protocol import serve


def get_ready(message):
    import torch
    import torch.nn.functional as F

    torch.set_num_threads(message["threads"])
    model, objective, training = (message["configuration"][part] for part in ("model", "objective", "training"))
    d, heads, loops = model["width"], model["heads"], model["loops"]
    tokens, targets = torch.tensor(message["tokens"]), torch.tensor(message["targets"])
    count, length = tokens.shape

    # Weights lie [out, in], as torch.nn.Linear has them.
    given = {name: torch.tensor(value, dtype=torch.float32) for name, value in message["parameters"].items()}
    p = {
        name: torch.nn.Parameter(value.T.contiguous() if value.dim() == 2 and name != "embedding" else value)
        for name, value in given.items()
    }
    position = torch.arange(length).float()
    angle = position[:, None] * torch.exp(-math.log(1e4) * torch.arange(0, d, 2).float() / d)
    encoding = model["positions"]["scale"] * torch.stack([angle.sin(), angle.cos()], -1).reshape(length, d)
    distance = position[:, None] - position[None, :]
    bias = torch.where(distance < 0, -math.inf, -model["recency"] * distance)

    def linear(name, x):
        return F.linear(x, p[name + ".weight"], p[name + ".bias"])

    def norm(name, x):
        return F.layer_norm(x, (d,), p[name + ".gain"], p[name + ".bias"])

    def by_head(x):
        return x.view(count, length, heads, d // heads).transpose(1, 2)

    def run(with_terms):
        X = F.embedding(tokens, p["embedding"]) + encoding
        Z, entropy, potential = torch.zeros_like(X), 0.0, 0.0
        for _ in range(loops):
            u = X + Z
            h = norm("norm1", u)
            q, k, v = (by_head(linear(f"attention.{name}", h)) for name in ("query", "key", "value"))
            a = (q @ k.transpose(-1, -2) / math.sqrt(d // heads) + bias).softmax(-1)
            mixed = linear("attention.output", (a @ v).transpose(1, 2).reshape(count, length, d))
            hidden = F.gelu(linear("mlp.in", norm("norm2", u + mixed)), approximate="tanh")
            Z = Z + mixed + linear("mlp.out", hidden)
            if with_terms:
                # q = 1.5: S = 2 (1 - sum of p sqrt p)
                entropy = entropy + 2 * (1 - (a * a.clamp_min(1e-20).sqrt()).sum(-1)).mean()
                potential = potential - a.amax(-1).log().mean()
        return linear("readout", X + Z), entropy / loops, potential / loops, 0.5 * Z.pow(2).sum(-1).mean()

    def forward():
        with torch.no_grad():
            return run(False)[0]

    def loss():
        logits, entropy, potential, kinetic = run(True)
        task = F.cross_entropy(logits.flatten(0, 1), targets.flatten())
        return (
            task
            + objective["lambdaPotential"] * potential
            + objective["lambdaKinetic"] * kinetic
            + objective["lambdaEntropy"] * (entropy - objective["eta"]).abs()
        )

    optimizer = torch.optim.AdamW(
        p.values(), lr=training["learningRate"], betas=(0.9, 0.999), weight_decay=training["weightDecay"]
    )
    trains = message["kind"] == "train"
    work = loss if trains else forward
    if message["compile"]:
        work = torch.compile(work)

    def once():
        if trains:
            optimizer.zero_grad()
            work().backward()
            optimizer.step()
        else:
            work()

    result = work()
    value = result.item() if trains else result.pow(2).mean().item()
    return f"PyTorch {torch.__version__}", value, once


serve(get_ready)
