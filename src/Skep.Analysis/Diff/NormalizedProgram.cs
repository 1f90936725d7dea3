using System.Globalization;
using System.Runtime.InteropServices;
using Skep.Inventory.Code;
using Skep.Isa;

namespace Skep.Analysis.Diff;

/// <summary>An instruction without what differs from load to load: descriptors, ids, addresses, distances.</summary>
/// <param name="Slot">Its slot.</param>
/// <param name="Text">Its text; a jump's ends where the target comes.</param>
/// <param name="Target">The slot of a jump's target; -1 for others.</param>
public readonly record struct NormalizedInstruction(int Slot, string Text, int Target)
{
    /// <summary>The text with the jump's target.</summary>
    public string FullText => Target < 0 ? Text : string.Create(CultureInfo.InvariantCulture, $"{Text} {Target}");
}

/// <summary>A program's instructions in a form that can be compared with another program's.</summary>
internal static class NormalizedProgram
{
    /// <param name="code">The program.</param>
    /// <param name="mapNames">Whether maps are named; else they are numbered in the order in which the code loads them.</param>
    /// <param name="label">What a function of the program is called, by its first slot.</param>
    public static List<NormalizedInstruction> Of(ProgramCode code, bool mapNames, Func<long, string> label)
    {
        var symbols = new Symbols(code, mapNames);
        var disassembler = new Disassembler(new DisassemblerOptions { Form = code.Form, Symbols = symbols });
        var items = new List<NormalizedInstruction>();
        foreach (DecodedInstruction item in Decoder.Decode(code.Instructions))
        {
            if (item.Kind is OperationKind.CallHelper or OperationKind.CallKfunc && code.CallAt(item) is { Name: { } name } target)
            {
                items.Add(new NormalizedInstruction(item.Index, $"(85) call {target.Symbol ?? name}", -1));
                continue;
            }

            if (item.Kind is OperationKind.CallLocal or OperationKind.LoadFunction)
            {
                string function = label(item.Target(code.Form));
                string words =
                    item.Kind == OperationKind.CallLocal
                        ? $"(85) call {function}" : $"(18) {item.Dst.ToString().ToLowerInvariant()} = {function}";
                items.Add(new NormalizedInstruction(item.Index, words, -1));
                continue;
            }

            bool jumps =
                item.Kind is OperationKind.Jump or OperationKind.JumpLong or OperationKind.JumpConditional or OperationKind.MayGoto;
            string text = disassembler.Text(item).TrimEnd();
            if (jumps && text.LastIndexOf(" pc", StringComparison.Ordinal) is > 0 and var at) text = text[..at];
            items.Add(new NormalizedInstruction(item.Index, text, jumps ? (int)item.Target() : -1));
        }

        return items;
    }

    /// <summary>The instructions of a stretch of slots.</summary>
    public static List<NormalizedInstruction> Between(List<NormalizedInstruction> items, int start, int end)
    {
        int first = FirstFrom(items, start);
        return items.GetRange(first, Math.Max(0, FirstFrom(items, end) - first));
    }

    private static int FirstFrom(List<NormalizedInstruction> items, int slot) =>
        CollectionsMarshal.AsSpan(items).BinarySearch(new Place(slot)) is var at && at < 0 ? ~at : at;

    private readonly record struct Place(int Slot) : IComparable<NormalizedInstruction>
    {
        public int CompareTo(NormalizedInstruction other) => Slot.CompareTo(other.Slot);
    }

    private sealed class Symbols(ProgramCode code, bool mapNames) : ISymbolResolver
    {
        private readonly Dictionary<int, int> _order = [];

        public string? Map(in DecodedInstruction load)
        {
            if (mapNames && code.MapAt(load.Index) is { Name: { Length: > 0 } name }) return $"map[{name}]";
            int number = code.MapOfSlot.TryGetValue(load.Index, out int known) ? known : -1 - load.Imm;
            if (!_order.TryGetValue(number, out int place)) _order[number] = place = _order.Count + 1;
            return string.Create(CultureInfo.InvariantCulture, $"map[#{place}]");
        }

        public string? KernelFunction(in DecodedInstruction call) => code.Symbols.KernelFunction(call);

        public string? Variable(in DecodedInstruction load) => code.Symbols.Variable(load);

        public string? Function(long slot) => code.FunctionName(slot);
    }
}
