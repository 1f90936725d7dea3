using System.Runtime.InteropServices;
using Skep.Bpf;
using Skep.Filter.Compile;
using Skep.Isa;

namespace Skep.Filter.Runtime.Programs;

/// <summary>
/// What the kernel keeps of where the instructions of a filter come from: its functions, and the rules as source lines. Listings of the
/// loaded program show them, and tracing programs can be attached to its functions.
/// </summary>
internal sealed class FilterSource : IDisposable
{
    // struct xdp_md of include/uapi/linux/bpf.h.
    private const string ContextName = "xdp_md";
    private const uint ContextSize = 24;

    private const int MostLines = (1 << 22) - 1;

    private readonly BpfBtf _btf;
    private readonly BpfFunction[] _functions;
    private readonly BpfLine[] _lines;

    private FilterSource(BpfBtf btf, BpfFunction[] functions, BpfLine[] lines) => (_btf, _functions, _lines) = (btf, functions, lines);

    /// <param name="filter">The filter.</param>
    /// <param name="name">The name of its program, which its main function gets.</param>
    internal static FilterSource Create(CompiledFilter filter, string name)
    {
        var types = new BtfBuilder();
        var number = types.AddInt("int");
        var context = types.AddPointer(types.AddStruct(ContextName, ContextSize));
        var source = filter.Lines().ToList();
        var functions = new List<BpfFunction> { new(0, types.AddFunction(Identifier(name), number, true, ("ctx", context))) };
        foreach (var start in FunctionStarts(filter.Instructions))
        {
            var title = source.FindLast(line => line.Start <= start).Text;
            functions.Add(new((uint)start, types.AddFunction($"{Identifier(title)}_{functions.Count}", number, false)));
        }
        var file = types.AddString($"table {filter.Plan.Table.Name}");
        BpfLine Line(int start, SourceLine line) => new(
            (uint)start, file, types.AddString(line.Text), (uint)Math.Min(line.Line, MostLines) << 10 | (line.Line == 0 ? 0u : 1u));
        var lines = source.ToDictionary(line => line.Start, line => Line(line.Start, line));
        // The kernel wants a line where a function begins.
        foreach (var function in functions)
            lines.TryAdd((int)function.Offset, Line((int)function.Offset, source.FindLast(line => line.Start <= function.Offset)));
        return new(BpfBtf.Load(types.Build()), [.. functions], [.. lines.OrderBy(line => line.Key).Select(line => line.Value)]);
    }

    /// <summary>The options with the source.</summary>
    internal ProgramLoadOptions AddTo(ProgramLoadOptions options) => options with
    {
        Btf = _btf,
        FunctionInfo = MemoryMarshal.AsBytes(_functions.AsSpan()).ToArray(),
        LineInfo = MemoryMarshal.AsBytes(_lines.AsSpan()).ToArray(),
    };

    public void Dispose() => _btf.Dispose();

    private static SortedSet<int> FunctionStarts(Instruction[] program)
    {
        var starts = new SortedSet<int>();
        for (var i = 0; i < program.Length; i++)
        {
            if (program[i].IsWide) i++;
            else if (DeadCode.IsLocalCall(program[i])) _ = starts.Add(i + 1 + program[i].Imm);
        }
        return starts;
    }

    // As the kernel writes the names of programs: what an identifier cannot have is an underscore.
    private static string Identifier(string text)
    {
        var name = string.Concat(text.Select(c => char.IsAsciiLetterOrDigit(c) ? c : '_'));
        return name.Length == 0 || char.IsAsciiDigit(name[0]) ? "_" + name : name;
    }
}
