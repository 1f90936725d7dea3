using System.Diagnostics.CodeAnalysis;
using Skep.Bpf;
using Skep.Inventory.Code;

namespace Skep.Debug.Objects;

/// <summary>What a program of an object file is known by: its name alone does not tell it from one of another section.</summary>
/// <param name="Section">Its section, without the question mark of those that are not loaded by default.</param>
/// <param name="Name">The C function's name.</param>
public sealed record ProgramName(string Section, string Name)
{
    /// <summary>That of a program as it is read from the file.</summary>
    public static ProgramName Of(ProgramCode code)
    {
        ArgumentNullException.ThrowIfNull(code);
        return new ProgramName((code.SectionName ?? "").TrimStart('?'), code.Name ?? "");
    }

    /// <summary>That of a program as libbpf has it.</summary>
    public static ProgramName Of(BpfObjectProgram program)
    {
        ArgumentNullException.ThrowIfNull(program);
        return new ProgramName(program.SectionName.TrimStart('?'), program.Name);
    }

    /// <summary>Both, as a command line may have them: <c>xdp/count</c>.</summary>
    public override string ToString() => $"{Section}/{Name}";
}

/// <summary>Which program of an object file is meant: by its name, or by its section and name where several have the name.</summary>
public static class ProgramChoice
{
    /// <summary>Finds it; without a name, the only one that there is. False with a mistake.</summary>
    /// <param name="programs">All programs of the file.</param>
    /// <param name="wanted">A name, or a section and a name with a slash between them.</param>
    /// <param name="index">Its place among them.</param>
    /// <param name="mistake">What is wrong, of a file that is called it.</param>
    public static bool TryFind(
        IReadOnlyList<ProgramName> programs, string? wanted, out int index, [NotNullWhen(false)] out string? mistake)
    {
        ArgumentNullException.ThrowIfNull(programs);
        int[] found = [.. Enumerable.Range(0, programs.Count).Where(i => wanted is null || programs[i].Name == wanted)];
        if (found.Length == 0) found = [.. Enumerable.Range(0, programs.Count).Where(i => programs[i].ToString() == wanted)];
        index = found is [var only] ? only : -1;
        string names = string.Join(", ", programs.Select(one => one.Name));
        mistake = found.Length switch
        {
            1 => null,
            0 when programs.Count == 0 => "it has no programs",
            0 => $"it has no program {wanted} (it has {names})",
            _ when wanted is null => $"it has several programs (give --prog with one of {names})",
            _ => $"it has {found.Length} programs {wanted} (give --prog with one of {string.Join(", ", found.Select(i => programs[i]))})",
        };
        return mistake is null;
    }

    /// <summary>The program of a file as it was read another way: of one section and name, that of the same place among these.</summary>
    /// <returns>Its place; -1 when it has none.</returns>
    public static int Counterpart(IReadOnlyList<ProgramName> programs, int index, IReadOnlyList<ProgramName> others)
    {
        ArgumentNullException.ThrowIfNull(programs);
        ArgumentNullException.ThrowIfNull(others);
        ProgramName name = programs[index];
        int before = programs.Take(index).Count(one => one == name);
        int[] same = [.. Enumerable.Range(0, others.Count).Where(i => others[i] == name)];
        return before < same.Length ? same[before] : -1;
    }
}
