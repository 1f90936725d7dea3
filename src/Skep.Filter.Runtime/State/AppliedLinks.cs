using Skep.Bpf;
using Skep.Linux.Errors;

namespace Skep.Filter.Runtime.State;

/// <summary>A link of a table.</summary>
/// <param name="Path">Its pin.</param>
/// <param name="Link">The link.</param>
/// <param name="Info">Its information from the kernel.</param>
internal sealed record AppliedLink(string Path, BpfLink Link, BpfLinkInfo Info)
{
    internal string Pin => System.IO.Path.GetFileName(Path);

    /// <summary>Its device's index, in the device's network namespace; 0 when the device is gone.</summary>
    internal uint IfIndex => Info.Target is BpfLinkTarget.Device device ? device.IfIndex : 0;
}

/// <summary>The links of a table, open.</summary>
internal sealed class AppliedLinks : IDisposable
{
    private AppliedLinks(List<AppliedLink> all) => All = all;

    internal List<AppliedLink> All { get; }

    /// <summary>Links of other tables that are to become this one's.</summary>
    internal List<AppliedLink> Taken { get; } = [];

    /// <summary>The first link whose device is there, else the first.</summary>
    internal AppliedLink? Acting => All.Find(l => l.IfIndex != 0) ?? All.FirstOrDefault();

    internal AppliedLink? At(string pin) => All.Find(l => l.Pin == pin);

    /// <exception cref="DamagedTableException">A pin holds something else.</exception>
    internal static AppliedLinks Open(IEnumerable<string> paths)
    {
        var links = new AppliedLinks([]);
        try
        {
            foreach (var path in paths) links.Add(path);
            return links;
        }
        catch
        {
            links.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        foreach (var link in All.Concat(Taken)) link.Link.Dispose();
    }

    private void Add(string path)
    {
        BpfLink link;
        try
        {
            link = BpfLink.OpenPinned(path);
        }
        catch (KernelException e) when (e.Error.Name == "ENOENT")
        {
            // Another command took it off between the listing and here.
            return;
        }
        catch (KernelException e) when (e.Error.Name == "EINVAL")
        {
            throw new DamagedTableException(TableStore.TableOf(path), e.Message, e);
        }
        var info = link.GetInfo();
        if (info.Type != BpfLinkType.Xdp)
        {
            link.Dispose();
            throw new DamagedTableException(TableStore.TableOf(path), $"opening the link pinned at {path}: it is no link of XDP");
        }
        All.Add(new(path, link, info));
    }
}
