using Skep.Bpf;
using Skep.Linux.Errors;
using Skep.Linux.Time;

namespace Skep.Inventory.Objects;

/// <summary>An object of a listing: read, or refused with a reason.</summary>
/// <typeparam name="T">What is read of it.</typeparam>
/// <param name="Id">The kernel's id.</param>
/// <param name="Entry">What was read; null when it could not be.</param>
/// <param name="Reason">Why it could not be read; null when it was.</param>
public readonly record struct Listed<T>(uint Id, T? Entry, string? Reason) where T : class;

/// <summary>
/// All objects of the kernel, by rising id. Ids are walked at once, each object is read when it is asked for. One that vanishes between its
/// id and its reading is left out; one that cannot be read is there with the reason.
/// </summary>
public static class ObjectWalk
{
    /// <summary>All loaded programs.</summary>
    /// <exception cref="KernelException">Ids may not be walked: CAP_SYS_ADMIN is missing.</exception>
    public static IEnumerable<Listed<ProgramEntry>> Programs(BootClock clock)
    {
        var names = new ProgramNames();
        return Walk(KernelObjects.ProgramIds(), BpfProgram.TryOpenById, program => ProgramEntry.Read(program, names, clock));
    }

    /// <summary>All maps.</summary>
    /// <exception cref="KernelException">Ids may not be walked.</exception>
    public static IEnumerable<Listed<MapEntry>> Maps() => Walk(KernelObjects.MapIds(), BpfMap.TryOpenById, MapEntry.Read);

    /// <summary>All links.</summary>
    /// <exception cref="KernelException">Ids may not be walked.</exception>
    public static IEnumerable<Listed<LinkEntry>> Links() => Walk(KernelObjects.LinkIds(), BpfLink.TryOpenById, LinkReader());

    /// <summary>All BTF objects.</summary>
    /// <exception cref="KernelException">Ids may not be walked.</exception>
    public static IEnumerable<Listed<BpfBtfInfo>> BtfObjects() => Walk(KernelObjects.BtfIds(), BpfBtf.TryOpenById, btf => btf.GetInfo());

    /// <summary>All links: their ids are walked now, each is read by the thread that comes to it.</summary>
    /// <exception cref="KernelException">Ids may not be walked.</exception>
    internal static SharedWalk<Listed<LinkEntry>> ShareLinks()
    {
        Func<BpfLink, LinkEntry> read = LinkReader();
        return new([.. KernelObjects.LinkIds()], id => TryRead(id, BpfLink.TryOpenById, read));
    }

    // Links of a type follow one another. The type is a guess: threads that read at once may spoil it for each other.
    private static Func<BpfLink, LinkEntry> LinkReader()
    {
        BpfLinkType last = default;
        return link =>
        {
            LinkEntry entry = LinkEntry.Read(link, last);
            last = entry.Info.Type;
            return entry;
        };
    }

    private delegate TObject? TryOpen<out TObject>(uint id, out Errno error);

    private static IEnumerable<Listed<TEntry>> Walk<TObject, TEntry>(IEnumerable<uint> ids, TryOpen<TObject> open,
        Func<TObject, TEntry> read)
        where TObject : BpfHandle
        where TEntry : class
        => ReadEach([.. ids], open, read);

    private static IEnumerable<Listed<TEntry>> ReadEach<TObject, TEntry>(uint[] ids, TryOpen<TObject> open, Func<TObject, TEntry> read)
        where TObject : BpfHandle
        where TEntry : class
    {
        foreach (uint id in ids)
            if (TryRead(id, open, read) is { } item) yield return item;
    }

    private static Listed<TEntry>? TryRead<TObject, TEntry>(uint id, TryOpen<TObject> open, Func<TObject, TEntry> read)
        where TObject : BpfHandle
        where TEntry : class
    {
        using TObject? handle = open(id, out Errno error);
        if (handle is not null) return ReadOne(id, handle, read);
        return error.Name == "ENOENT" ? null : new Listed<TEntry>(id, null, error.ToString());
    }

    private static Listed<TEntry> ReadOne<TObject, TEntry>(uint id, TObject handle, Func<TObject, TEntry> read) where TEntry : class
    {
        try
        {
            return new Listed<TEntry>(id, read(handle), null);
        }
        catch (KernelException e)
        {
            return new Listed<TEntry>(id, null, e.Message);
        }
    }
}
