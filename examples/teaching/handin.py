import numpy as np


def softmax(z):
    e = np.exp(z - z.max())
    return e / e.sum()


def energy(q, X, beta):
    z = beta * X @ q
    lse = (z.max() + np.log(np.exp(z - z.max()).sum())) / beta
    M = np.abs(X).max()
    return 0.5 * q @ q - lse + np.log(len(X)) / beta + 0.5 * M**2


def update(q, X, beta):
    return X.T @ softmax(beta * X @ q)


def gradient(q, X, beta):
    return q - update(q, X, beta)


def hessian(q, X, beta):
    p = softmax(beta * X @ q)
    return np.eye(len(q)) - X.T @ (np.diag(p) - np.outer(p, p)) @ X
