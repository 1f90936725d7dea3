using System.Globalization;
using Skep.Bpf;
using Skep.Inventory.Objects;
using Skep.Linux.Errors;

namespace Skep.Cli.Prog;

/// <summary>bpftool's ways to name a program: <c>id N</c>, <c>name NAME</c>, <c>tag TAG</c>, <c>pinned PATH</c>, or a bare id.</summary>
internal static class ProgramSpecifier
{
    /// <summary>Opens the program that words name. False without a mistake: they name no program, but may be a file.</summary>
    /// <exception cref="KernelException">There is no such program.</exception>
    public static bool TryOpen(IReadOnlyList<string> words, out BpfProgram? program, out string? mistake)
    {
        program = null;
        mistake = null;
        switch (words)
        {
            case [string number] when uint.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out uint id) && !File.Exists(number):
                program = BpfProgram.OpenById(id);
                return true;
            case ["id" or "name" or "tag" or "pinned"] when !File.Exists(words[0]):
                mistake = $"'{words[0]}' wants what follows it (give id N, name NAME, tag TAG, pinned PATH, a bare id, or a file)";
                return false;
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
            case ["name" or "tag", string value]:
                IReadOnlyList<uint> found = Find(words[0], value);
                mistake = found.Count switch
                {
                    0 => $"no program has the {words[0]} {value}",
                    1 => null,
                    _ => $"{found.Count} programs have the {words[0]} {value}: ids {string.Join(", ", found)} (name one by its id)",
                };
                if (mistake is null) program = BpfProgram.OpenById(found[0]);
                return mistake is null;
            default:
                mistake = $"'{string.Join(' ', words)}' names no program (give id N, name NAME, tag TAG, pinned PATH, a bare id, or a file)";
                return false;
        }
    }

    /// <summary>The programs that words name one after the other: a keyword takes the word after it.</summary>
    public static List<string[]> Split(IReadOnlyList<string> words)
    {
        var programs = new List<string[]>();
        for (int i = 0; i < words.Count; i++)
        {
            bool keyword = words[i] is "id" or "name" or "tag" or "pinned" && i + 1 < words.Count;
            programs.Add(keyword ? [words[i], words[++i]] : [words[i]]);
        }

        return programs;
    }

    /// <summary>The ids of the programs that have a <c>name</c> or a <c>tag</c>. A name may be the kernel's short one, or the whole one of BTF.</summary>
    public static IReadOnlyList<uint> Find(string key, string value)
    {
        var names = new ProgramNames();
        var found = new List<uint>();
        foreach (uint id in KernelObjects.ProgramIds())
        {
            // It may have gone since it was listed.
            using BpfProgram? candidate = BpfProgram.TryOpenById(id, out _);
            if (candidate is null) continue;
            BpfProgramInfo info = candidate.GetInfo();
            bool matches = key == "tag" ? info.Tag == value : info.Name == value || (IsCut(info.Name, value) && names.FullName(candidate, info) == value);
            if (matches) found.Add(id);
        }

        return found;
    }

    private static bool IsCut(string kernels, string whole) => kernels.Length > 0 && whole.Length > kernels.Length && whole.StartsWith(kernels, StringComparison.Ordinal);
}
