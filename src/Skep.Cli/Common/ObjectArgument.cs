using System.CommandLine;
using Skep.Bpf;
using Skep.Inventory.Objects;

namespace Skep.Cli.Common;

/// <summary>Arguments that select objects.</summary>
internal static class ObjectArgument
{
    /// <summary>An argument that selects some.</summary>
    /// <param name="name">Its name in help.</param>
    /// <param name="kind">The kind of object.</param>
    public static Argument<string[]> Of(string name, SelectableKind kind) =>
        new(name) { Description = kind.Usage, Arity = ArgumentArity.OneOrMore };

    /// <summary>Opens the one object that words select.</summary>
    /// <returns>Null with a mistake.</returns>
    public static T? OpenOne<T>(SelectableObjects<T> objects, IReadOnlyList<string> words, out string? mistake) where T : BpfHandle =>
        ObjectSelector.TryParse(words, objects.Kind, out ObjectSelector selector, out mistake)
            ? objects.OpenOne(selector, out mistake)
            : null;
}
