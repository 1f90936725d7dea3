using Skep.Debug.Dap.Wire;

namespace Skep.Debug.Dap.Variables;

/// <summary>Numbers for what clients may open. They hold until the program moves.</summary>
internal sealed class VariableReferences
{
    private const int MostReferences = 1 << 16, MostAtOnce = 1000;

    private readonly List<Func<IEnumerable<Variable>>> _all = [];

    /// <summary>Forgets all.</summary>
    public void Clear() => _all.Clear();

    /// <summary>A number; 0 for nothing to open.</summary>
    /// <exception cref="RequestException">There are too many.</exception>
    public int Add(Func<IEnumerable<Variable>>? children)
    {
        if (children is null) return 0;
        if (_all.Count == MostReferences) throw new RequestException($"more than {MostReferences} variables are open (step to close them)");
        _all.Add(children);
        return _all.Count;
    }

    /// <summary>What is behind a number.</summary>
    /// <param name="reference">The number.</param>
    /// <param name="start">How many are passed over.</param>
    /// <param name="count">How many are wanted; 0 for all.</param>
    /// <exception cref="RequestException">The number does not hold.</exception>
    public IReadOnlyList<Variable> Open(int reference, int start, int count)
    {
        if (reference <= 0 || reference > _all.Count)
            throw new RequestException($"{reference} is no variable of this stop");
        if (start < 0 || count < 0) throw new RequestException("start and count are not negative");
        int most = count == 0 ? MostAtOnce : Math.Min(count, MostAtOnce);
        List<Variable> found = [.. _all[reference - 1]().Skip(start).Take(most + 1)];
        if (found.Count > most) found[most] = new Variable("...", $"more than {most} (ask for a part, by start and count)");
        if (count > 0 && found.Count > count) found.RemoveAt(count);
        return found;
    }
}
