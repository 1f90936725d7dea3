using System.Diagnostics;

namespace Skep.EndToEnd.Machine;

/// <summary>A process that loads by turns a program that policies deny and one that they allow, until it is ended.</summary>
internal sealed class GuardedStorm(string denied, string allowed) : IDisposable
{
    private readonly Process _process = Tool.Start(Built.Guarded, "storm", denied, allowed);

    /// <summary>Ends it: none of the first was loaded, and some of the second.</summary>
    public void AssertNoneSlippedThrough()
    {
        Assert.False(_process.HasExited);
        string result = Tool.End(_process).Output;
        Assert.StartsWith("loaded 0 of the first, ", result, StringComparison.Ordinal);
        Assert.DoesNotContain(" 0 of the second", result, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.Dispose();
    }
}
