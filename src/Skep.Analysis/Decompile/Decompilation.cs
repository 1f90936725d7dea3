using Skep.Analysis.Analyze;
using Skep.Analysis.Decompile.Lift;
using Skep.Inventory.Code;
using Skep.Isa;
using Skep.Output;

namespace Skep.Analysis.Decompile;

/// <summary>A line of pseudo-C.</summary>
/// <param name="Slot">The instruction that it comes from (the last of several); -1 for none.</param>
/// <param name="Indent">How deep it is nested.</param>
/// <param name="Text">The line, without its indentation.</param>
public readonly record struct PseudoLine(int Slot, int Indent, string Text);

/// <summary>A function as pseudo-C.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Start">Its first slot.</param>
/// <param name="End">The slot after its last.</param>
/// <param name="Lines">Its lines, signature and braces included.</param>
/// <param name="Gotos">Labels that are the target of a goto: what could not be structured.</param>
public sealed record PseudoFunction(string Name, int Start, int End, IReadOnlyList<PseudoLine> Lines, int Gotos);

/// <summary>A program as pseudo-C.</summary>
public sealed class Decompilation
{
    private Decompilation(ProgramCode code, IReadOnlyList<PseudoLine> header, IReadOnlyList<PseudoFunction> functions) =>
        (Code, Header, Functions) = (code, header, functions);

    /// <summary>The program.</summary>
    public ProgramCode Code { get; }

    /// <summary>What is to be known before: whose structures the offsets are of.</summary>
    public IReadOnlyList<PseudoLine> Header { get; }

    /// <summary>Its functions, the program first.</summary>
    public IReadOnlyList<PseudoFunction> Functions { get; }

    /// <summary>Declarations of the functions that are called, where one calls another.</summary>
    public IEnumerable<string> Prototypes => Functions.Count > 1 ? Functions.Skip(1).Select(function => function.Lines[0].Text + ";") : [];

    /// <summary>Decompiles a program. Works on any bytes.</summary>
    public static Decompilation Of(ProgramCode code)
    {
        ArgumentNullException.ThrowIfNull(code);
        code.RequireLittleEndian("decompile");
        ProgramAnalysis analysis = ProgramAnalysis.Run(code);
        var signatures = new CallSignatures(analysis);
        var lifter = new FunctionLifter(code.Bytes, code.Flow, signatures);
        var place = new Place(analysis);
        Dictionary<int, string> names = FunctionNames(code);
        IReadOnlySet<string> programNames = TakenNames.Of(code, names.Values);
        var writers = new Dictionary<int, FunctionWriter>();
        foreach (FlowFunction function in code.Flow.Functions)
            writers[function.Start] =
                new FunctionWriter(code, place, lifter.Lift(function), signatures.OfFunction(function.Number), names, programNames,
                    (slot, parameter) => writers.GetValueOrDefault(slot)?.KindOfParameter(parameter) ?? CKind.U64);
        return new Decompilation(code, MakeHeader(code, analysis), [.. writers.Values.Select(writer => writer.Write())]);
    }

    private static List<PseudoLine> MakeHeader(ProgramCode code, ProgramAnalysis analysis)
    {
        var header = new List<PseudoLine>();
        string? context = analysis.Context.Name;
        if (code.Form == ProgramForm.Translated)
        {
            header.Add(
                new PseudoLine(-1, 0,
                    "// As the kernel translated it: helpers may be inlined, and the context is the kernel's own structure"
                + (context is null or "arguments" ? "." : $" (struct {SafeText.Escape(context)}).")));
        }

        if (code.CoreFields.Count > 0)
            header.Add(
                new PseudoLine(-1, 0,
                    "// Offsets, sizes and the existence of fields of kernel structures are those of the object file: CO-RE adjusts them "
                    + "at load."));
        return header;
    }

    private static Dictionary<int, string> FunctionNames(ProgramCode code)
    {
        var names = new Dictionary<int, string>();
        var taken = new HashSet<string>(CWords.Reserved);
        foreach (FlowFunction function in code.Flow.Functions)
        {
            string? given = code.FunctionName(function.Start) ?? (function.Number == 0 ? code.Name : null);
            string name =
                given is { Length: > 0 } ? CTypeText.Identifier(given) : function.Number == 0 ? "program" : $"function_{function.Start}";
            while (!taken.Add(name)) name += "_";
            names[function.Start] = name;
        }

        return names;
    }
}
