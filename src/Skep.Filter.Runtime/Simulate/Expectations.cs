using Skep.Filter.Expect;
using Skep.Filter.Model;
using Skep.Filter.Simulate;

namespace Skep.Filter.Runtime.Simulate;

/// <summary>Decides the packets of expectations, in their order and at one moment: limits count them.</summary>
public static class Expectations
{
    /// <summary>Decides all packets.</summary>
    /// <param name="table">The table. It may name interfaces that are not there.</param>
    /// <param name="expectations">What is expected of it.</param>
    /// <param name="iif">The interface that packets come in by where the expectation names none: its name or index.</param>
    /// <param name="inKernel">Whether the compiled program decides, in the kernel.</param>
    /// <returns>What became of each, as it is decided.</returns>
    /// <exception cref="InvalidDataException">The kernel cannot have packets come in by an interface.</exception>
    public static IEnumerable<ExpectationResult> Decide(
        Table table, IReadOnlyList<Expectation> expectations, string iif, bool inKernel)
    {
        using ISimulator simulator = Simulators.Create(table, iif, inKernel, out Func<string, uint> indexOf);
        foreach (Expectation expectation in expectations)
            yield return ExpectationResult.Of(expectation, table, simulator, indexOf(expectation.Interface ?? iif));
    }
}
