using System.Globalization;
using Skep.Filter.Expect;
using Skep.Filter.Model;
using Skep.Filter.Simulate;

namespace Skep.Filter.Runtime.Simulate;

/// <summary>Decides the packets of expectations, in their order and at one moment: limits count them.</summary>
/// <param name="table">The table. It may name interfaces that are not there.</param>
/// <param name="file">The name of the file of expectations.</param>
public sealed class ExpectationRun(Table table, string file)
{
    /// <summary>Decides all packets.</summary>
    /// <param name="expectations">What is expected of the table.</param>
    /// <param name="iif">The interface that packets come in by where the expectation names none: its name or index.</param>
    /// <param name="inKernel">Whether the compiled program decides, in the kernel.</param>
    /// <returns>What became of each, as it is decided.</returns>
    /// <exception cref="InvalidDataException">The kernel cannot run a packet.</exception>
    public IEnumerable<ExpectationResult> Decide(IReadOnlyList<Expectation> expectations, string iif, bool inKernel)
    {
        using ISimulator simulator = Simulators.Create(table, iif, inKernel, out Func<string, uint> indexOf);
        foreach (Expectation expectation in expectations) yield return Decide(expectation, simulator, iif, indexOf);
    }

    private ExpectationResult Decide(Expectation expectation, ISimulator simulator, string iif, Func<string, uint> indexOf)
    {
        try
        {
            return ExpectationResult.Of(expectation, table, simulator, indexOf(expectation.Interface ?? iif));
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture, $"{file}:{expectation.Line}: {e.Message}"), e);
        }
    }
}
