using Skep.Inventory.Code;

namespace Skep.Analysis.Dump;

/// <summary>Goes through source lines beside the code: returns each where it begins (libbpf's <c>bpf_prog_linfo__lfind</c>).</summary>
/// <param name="lines">The lines.</param>
/// <param name="starts">Where each begins: a slot, or an address.</param>
internal struct SourceCursor(IReadOnlyList<CodeLine> lines, IReadOnlyList<ulong> starts)
{
    private int _next;

    /// <summary>The line that begins at a place, or began since the last one; null for none.</summary>
    public CodeLine? At(ulong place)
    {
        if (_next >= starts.Count || place < starts[_next]) return null;
        while (_next + 1 < starts.Count && starts[_next + 1] <= place) _next++;
        return lines[_next++];
    }
}
