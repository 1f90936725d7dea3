using Skep.Linux.Kernel;

namespace Skep.Debug.Trace;

/// <summary>Names of the frames of a stack, without those of the trace itself.</summary>
internal sealed class StackText(KernelSymbols? symbols)
{
    /// <summary>The frames, the innermost first.</summary>
    public IEnumerable<string> Frames(IReadOnlyList<ulong> stack)
    {
        bool isOwn = true;
        foreach (ulong address in stack)
        {
            (string Name, ulong Offset)? found = symbols?.Near(address);
            isOwn = isOwn && IsOwn(found?.Name);
            if (!isOwn) yield return found is { } known ? $"{known.Name}+0x{known.Offset:x}" : $"0x{address:x}";
        }
    }

    private static bool IsOwn(string? symbol) => symbol is null || symbol.StartsWith("bpf_trampoline_", StringComparison.Ordinal)
        || (symbol.StartsWith("bpf_prog_", StringComparison.Ordinal) && symbol.Contains("_skep_", StringComparison.Ordinal));
}
