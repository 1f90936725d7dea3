using Skep.Bpf;
using Skep.Linux.Errors;

namespace Skep.Inventory.Objects;

/// <summary>The objects of a kind, as selectors find them.</summary>
/// <typeparam name="T">An open one.</typeparam>
public sealed class SelectableObjects<T> where T : BpfHandle
{
    private const int MostListed = 20;

    private readonly Func<IEnumerable<uint>> _ids;
    private readonly Func<uint, T> _open;
    private readonly TryOpenById _tryOpen;
    private readonly Func<string, T>? _openPinned;
    private readonly Func<T, ObjectSelector, bool> _matches;

    internal SelectableObjects(
        SelectableKind kind, Func<IEnumerable<uint>> ids, Func<uint, T> open, TryOpenById tryOpen, Func<string, T>? openPinned,
        Func<T, ObjectSelector, bool> matches)
    {
        (Kind, _ids, _open, _tryOpen, _openPinned, _matches) = (kind, ids, open, tryOpen, openPinned, matches);
    }

    internal delegate T? TryOpenById(uint id, out Errno error);

    /// <summary>The kind.</summary>
    public SelectableKind Kind { get; }

    /// <summary>Opens what a selector selects, one after the other; a name or a tag may be that of several.</summary>
    /// <exception cref="KernelException">There is no such object, or it may not be opened.</exception>
    /// <exception cref="InvalidDataException">None has the name or the tag.</exception>
    public IEnumerable<T> Open(ObjectSelector selector) => selector.Key switch
    {
        SelectorKey.Id => [_open(selector.Id)],
        SelectorKey.Pinned => [_openPinned!(selector.Value)],
        _ => Find(selector).Select(id => _tryOpen(id, out _)).OfType<T>(),
    };

    /// <summary>Opens the one object that a selector selects.</summary>
    /// <param name="selector">The selector.</param>
    /// <param name="mistake">That it selects several, with their ids.</param>
    /// <returns>Null with a mistake.</returns>
    /// <exception cref="KernelException">There is no such object, or it may not be opened.</exception>
    /// <exception cref="InvalidDataException">None has the name or the tag.</exception>
    public T? OpenOne(ObjectSelector selector, out string? mistake)
    {
        mistake = null;
        if (selector.Key is SelectorKey.Id or SelectorKey.Pinned) return Open(selector).First();
        IReadOnlyList<uint> found = Find(selector);
        if (found is [uint only]) return _open(only);
        mistake = Ambiguous(selector, found);
        return null;
    }

    /// <summary>The ids of the objects that have a name or a tag.</summary>
    /// <exception cref="InvalidDataException">None has it.</exception>
    public IReadOnlyList<uint> Find(ObjectSelector selector)
    {
        var found = new List<uint>();
        foreach (uint id in _ids())
        {
            // It may have been removed since it was listed.
            using T? candidate = _tryOpen(id, out _);
            if (candidate is not null && _matches(candidate, selector)) found.Add(id);
        }

        return found.Count > 0 ? found
            : throw new InvalidDataException($"no {Kind.Noun} has the {ObjectSelector.WordOf(selector.Key)} {selector.Value}");
    }

    /// <summary>That a name or a tag is that of several objects.</summary>
    public string Ambiguous(ObjectSelector selector, IReadOnlyList<uint> ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        string more = ids.Count > MostListed ? $" and {ids.Count - MostListed} more" : "";
        return $"{ids.Count} {Kind.Plural} have the {ObjectSelector.WordOf(selector.Key)} {selector.Value}: "
            + $"ids {string.Join(", ", ids.Take(MostListed))}{more} (name one by its id)";
    }
}

/// <summary>The kinds of objects that selectors select.</summary>
public static class SelectableObjects
{
    /// <summary>Loaded programs. A name is the kernel's of at most 15 bytes, or the whole one of BTF.</summary>
    public static SelectableObjects<BpfProgram> Programs()
    {
        var names = new ProgramNames();
        return new(
            new("program", "programs", SelectorKey.Id, SelectorKey.Name, SelectorKey.Tag, SelectorKey.Pinned),
            KernelObjects.ProgramIds, BpfProgram.OpenById, BpfProgram.TryOpenById, BpfProgram.OpenPinned,
            (program, selector) => Matches(program, selector, names));
    }

    /// <summary>Maps.</summary>
    public static SelectableObjects<BpfMap> Maps() => new(
        new("map", "maps", SelectorKey.Id, SelectorKey.Name, SelectorKey.Pinned),
        KernelObjects.MapIds, BpfMap.OpenById, BpfMap.TryOpenById, BpfMap.OpenPinned,
        (map, selector) => map.Info.Name == selector.Value);

    /// <summary>Links, which have neither name nor tag.</summary>
    public static SelectableObjects<BpfLink> Links() => new(
        new("link", "links", SelectorKey.Id, SelectorKey.Pinned),
        KernelObjects.LinkIds, BpfLink.OpenById, BpfLink.TryOpenById, BpfLink.OpenPinned,
        (_, _) => false);

    /// <summary>BTF objects, which cannot be pinned; those of the kernel and its modules have names.</summary>
    public static SelectableObjects<BpfBtf> BtfObjects() => new(
        new("BTF object", "BTF objects", SelectorKey.Id, SelectorKey.Name),
        KernelObjects.BtfIds, BpfBtf.OpenById, BpfBtf.TryOpenById, null,
        (btf, selector) => btf.GetInfo().Name == selector.Value);

    private static bool Matches(BpfProgram program, ObjectSelector selector, ProgramNames names)
    {
        BpfProgramInfo info = program.GetInfo();
        return selector.Key == SelectorKey.Tag ? info.Tag == selector.Value
            : info.Name == selector.Value || (IsCut(info.Name, selector.Value) && names.FullName(program, info) == selector.Value);
    }

    private static bool IsCut(string kernels, string whole) =>
        kernels.Length > 0 && whole.Length > kernels.Length && whole.StartsWith(kernels, StringComparison.Ordinal);
}
