using System.Globalization;
using Skep.Inventory.Objects;
using Skep.Linux.Errors;

namespace Skep.Cli.Common;

/// <summary>A kind of object, as <see cref="ObjectSelection"/> finds it by bpftool's words.</summary>
/// <typeparam name="T">What is read of an object.</typeparam>
/// <param name="Noun">What it is called in messages.</param>
/// <param name="All">Walks over all.</param>
/// <param name="ById">Reads one by id; throws when there is none.</param>
/// <param name="Pinned">Reads one by the path of a pin; null for a kind that cannot be pinned.</param>
/// <param name="Keys">By which other words it is found: <c>name</c>, <c>tag</c>.</param>
internal sealed record ObjectKindWords<T>(
    string Noun,
    Func<IEnumerable<Listed<T>>> All,
    Func<uint, T> ById,
    Func<string, T>? Pinned,
    IReadOnlyDictionary<string, Func<T, string, bool>> Keys)
    where T : class;

/// <summary>Objects that words of the command line choose.</summary>
internal static class ObjectSelection
{
    /// <summary>What the words choose.</summary>
    /// <param name="kind">The kind of object.</param>
    /// <param name="words">None for all; <c>id N</c>, <c>name NAME</c>, <c>tag TAG</c>, <c>pinned PATH</c>, or a bare id.</param>
    /// <param name="single">Whether the words choose one object, by their form or by what they matched.</param>
    /// <param name="mistake">What is wrong with the words; null when nothing is.</param>
    /// <exception cref="KernelException">There is no such object, or it may not be read.</exception>
    public static IEnumerable<Listed<T>> Find<T>(ObjectKindWords<T> kind, IReadOnlyList<string> words, out bool single, out string? mistake) where T : class
    {
        mistake = null;
        single = words.Count > 0;
        switch (words)
        {
            case []:
                return kind.All();
            case [_] or ["id", _]:
                if (uint.TryParse(words[^1], NumberStyles.None, CultureInfo.InvariantCulture, out uint id)) return [new Listed<T>(id, kind.ById(id), null)];
                break;
            case ["pinned", string path] when kind.Pinned is { } open:
                return [new Listed<T>(0, open(path), null)];
            case [string key, string value] when kind.Keys.TryGetValue(key, out Func<T, string, bool>? matches):
                List<Listed<T>> found = [.. kind.All().Where(item => item.Entry is { } entry && matches(entry, value))];
                single = found.Count == 1;
                if (found.Count == 0) throw new InvalidDataException($"no {kind.Noun} has the {key} {value}");
                return found;
        }

        mistake = words.FirstOrDefault(word => word.StartsWith('-')) is { } option ? $"there is no option '{option}' (the {kind.Noun} list has --json and --pretty)"
            : $"'{string.Join(' ', words)}' chooses no {kind.Noun} (give {Forms(kind)})";
        return [];
    }

    private static string Forms<T>(ObjectKindWords<T> kind) where T : class =>
        string.Join(", ", kind.Keys.Keys.Select(key => $"{key} {key.ToUpperInvariant()}").Prepend("id N").Concat(kind.Pinned is null ? [] : ["pinned PATH"])) + ", or a bare id";
}
