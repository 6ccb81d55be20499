"""The models' formulas, number by number in loops, as a judge of the fast ones."""

import math


def logistic(x):
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))


def times(matrix, vector):
    return [sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix]


def affine(weights, bias, vector):
    return [a + b[0] for a, b in zip(times(weights, vector), bias, strict=True)]


def lstm_step(p, x, h, c):
    def gate(name, function):
        from_x, from_h = affine(p[f"W_{name}"], p[f"b_{name}"], x), times(p[f"U_{name}"], h)
        return [function(a + b) for a, b in zip(from_x, from_h, strict=True)]

    f, i, o = gate("f", logistic), gate("i", logistic), gate("o", logistic)
    candidate = gate("c", math.tanh)
    c = [f[k] * c[k] + i[k] * candidate[k] for k in range(len(c))]
    return [o[k] * math.tanh(c[k]) for k in range(len(c))], c


def lstm(p, sequence):
    """Outputs of every step, h and c after the last, of one sequence."""
    h = c = [0.0] * len(p["b_f"])
    outputs = []
    for x in sequence:
        h, c = lstm_step(p, x, h, c)
        outputs.append(affine(p["W_out"], p["b_out"], h))
    return outputs, h, c


def row_times(row, matrix):
    return [sum(row[k] * matrix[k][j] for k in range(len(row))) for j in range(len(matrix[0]))]


def attention(p, memory, num_heads):
    size = len(memory[0])
    width = size // num_heads
    q, k, v = ([row_times(slot, p[name]) for slot in memory] for name in ("W_q", "W_k", "W_v"))
    out = []
    for n in range(len(memory)):
        joined = []
        for head in range(num_heads):
            part = range(head * width, (head + 1) * width)
            scores = [sum(q[n][j] * other[j] for j in part) / math.sqrt(width) for other in k]
            weights = [math.exp(s - max(scores)) for s in scores]
            total = sum(weights)
            joined += [
                sum(w / total * slot[j] for w, slot in zip(weights, v, strict=True)) for j in part
            ]
        out.append(row_times(joined, p["W_o_attn"]))
    return out


def memory_step(p, memory, u, num_heads):
    attended = attention(p, memory, num_heads)
    given = affine(p["W_input"], p["b_input"], u) if "W_input" in p else u
    attended[0] = [a + b for a, b in zip(attended[0], given, strict=True)]
    new = []
    for slot, old in zip(attended, memory, strict=True):
        update = [math.tanh(x) for x in affine(p["W_update"], p["b_update"], slot)]
        gate = [logistic(x) for x in affine(p["W_gate"], p["b_gate"], [*slot, *u])]
        new.append([g * n + (1 - g) * m for g, n, m in zip(gate, update, old, strict=True)])
    return new


def relational(p, sequence, first_memory, num_heads):
    """Outputs of every step, h, c and memory after the last, of one sequence."""
    h = c = [0.0] * len(p["b_f"])
    memory = first_memory
    outputs = []
    for x in sequence:
        h, c = lstm_step(p, x, h, c)
        memory = memory_step(p, memory, h, num_heads)
        reading = [sum(column) / len(memory) for column in zip(*memory, strict=True)]
        joined = [*h, *affine(p["W_memory_read"], p["b_memory_read"], reading)]
        y = [math.tanh(value) for value in affine(p["W_combine"], p["b_combine"], joined)]
        outputs.append(affine(p["W_out"], p["b_out"], y))
    return outputs, h, c, memory
