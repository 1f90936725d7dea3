using Skep.Analysis.Diff;
using Skep.Bpf;
using Skep.Inventory.Code;
using Skep.Linux.Files;

namespace Skep.Agent.Query;

/// <summary>One of several programs that are versions of one.</summary>
/// <param name="Program">The program.</param>
/// <param name="Changes">What changed from the one before, in words; null for the first, or where the code of one is not kept.</param>
public sealed record ProgramVersion(HistoryProgram Program, IReadOnlyList<string>? Changes)
{
    // A comparison takes time by the square of what differs.
    private const int MostInstructions = 20_000;

    /// <summary>The versions of a program, oldest first.</summary>
    /// <param name="history">The history.</param>
    /// <param name="program">The program.</param>
    /// <param name="kernel">The kernel that they are for.</param>
    public static IReadOnlyList<ProgramVersion> Of(HistoryReader history, HistoryProgram program, TargetKernel kernel)
    {
        ArgumentNullException.ThrowIfNull(history);
        var versions = new List<ProgramVersion>();
        ProgramCode? before = null;
        foreach (HistoryProgram one in history.Versions(program))
        {
            ProgramCode? code = CodeOf(history, one, kernel);
            IReadOnlyList<string>? changes = before is null || code is null
                ? null : [.. ProgramDiff.Of(before, code).Changes.Select(change => change.Text)];
            versions.Add(new(one, changes));
            before = code;
        }

        return versions.Count > 1 ? versions : [];
    }

    private static ProgramCode? CodeOf(HistoryReader history, HistoryProgram program, TargetKernel kernel)
    {
        if (program.Instructions is null or > MostInstructions || history.CodePath(program) is not { } path) return null;
        byte[] bytes = InputFile.ReadBytes(Path.ChangeExtension(path, ".bin"), InputLimit.SavedCode);
        return CodeFileReader.Raw(bytes) with
        {
            Name = program.Name,
            Type = BpfProgramTypeNames.TryParse(program.Type, out BpfProgramType type) ? type : null,
            Kernel = kernel,
        };
    }
}
