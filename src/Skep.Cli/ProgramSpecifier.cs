using System.Globalization;
using Skep.Bpf;

namespace Skep.Cli;

/// <summary>bpftool's ways to name a program: <c>id N</c>, <c>name NAME</c>, <c>tag TAG</c>, <c>pinned PATH</c>, or a bare id.</summary>
internal static class ProgramSpecifier
{
    /// <summary>Opens the program that words name. False without a mistake: they name no program, but may be a file.</summary>
    /// <exception cref="BpfException">There is no such program.</exception>
    public static bool TryOpen(IReadOnlyList<string> words, out BpfProgram? program, out string? mistake)
    {
        program = null;
        mistake = null;
        switch (words)
        {
            case [string number] when uint.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out uint id) && !File.Exists(number):
                program = BpfProgram.OpenById(id);
                return true;
            case [_]:
                return false;
            case ["id", string number]:
                if (!uint.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out uint named))
                {
                    mistake = $"'{number}' is not a program id (give a number: skep prog dump id 5)";
                    return false;
                }

                program = BpfProgram.OpenById(named);
                return true;
            case ["pinned", string path]:
                program = BpfProgram.OpenPinned(path);
                return true;
            case ["name", string name]:
                return TryFind("name", name, info => info.Name == name, out program, out mistake);
            case ["tag", string tag]:
                return TryFind("tag", tag, info => info.Tag == tag, out program, out mistake);
            default:
                mistake = $"'{string.Join(' ', words)}' names no program (give id N, name NAME, tag TAG, pinned PATH, a bare id, or a file)";
                return false;
        }
    }

    private static bool TryFind(string key, string value, Func<BpfProgramInfo, bool> matches, out BpfProgram? program, out string? mistake)
    {
        var found = new List<uint>();
        program = null;
        foreach (uint id in KernelObjects.ProgramIds())
        {
            // It may have gone since it was listed.
            using BpfProgram? candidate = BpfProgram.TryOpenById(id, out _);
            if (candidate is not null && matches(candidate.GetInfo())) found.Add(id);
        }

        mistake = found.Count switch
        {
            0 => $"no program has the {key} {value}",
            1 => null,
            _ => $"{found.Count} programs have the {key} {value}: ids {string.Join(", ", found)} (name one by its id)",
        };
        if (mistake is null) program = BpfProgram.OpenById(found[0]);
        return mistake is null;
    }
}
