using Skep.Inventory.Code;

namespace Skep.Analysis.Decompile;

/// <summary>The names that no other thing in a function may have: those of the whole program, and its own.</summary>
/// <param name="program">The names of the program.</param>
internal sealed class TakenNames(IReadOnlySet<string> program)
{
    private readonly HashSet<string> _own = [];

    /// <summary>C's words, functions, maps and their variables.</summary>
    public static IReadOnlySet<string> Of(ProgramCode code, IEnumerable<string> functions)
    {
        var names = new HashSet<string>(functions.Concat(CWords.Reserved));
        foreach (CodeMap map in code.Maps)
        {
            names.Add(CTypeText.Identifier(map.Name ?? ""));
            foreach (CodeVariable variable in Place.VariablesOf(map)) names.Add(CTypeText.Identifier(variable.Name));
        }

        return names;
    }

    /// <summary>Takes a name.</summary>
    /// <returns>False when something has it.</returns>
    public bool Add(string name) => !program.Contains(name) && _own.Add(name);
}
