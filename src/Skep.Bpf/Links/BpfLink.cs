using Skep.Bpf.Interop;
using Skep.Linux.Errors;
using Skep.Linux.Interop;

namespace Skep.Bpf;

/// <summary>
/// An attachment of a program. Disposing it detaches the program, unless the link is pinned or another handle holds it.
/// </summary>
public sealed unsafe partial class BpfLink : BpfHandle
{
    // A struct bpf_link of libbpf that owns the descriptor; 0 for a link of our own.
    private readonly nint _libbpfLink;

    internal BpfLink(int fd, nint libbpfLink = 0)
        : base(fd) => _libbpfLink = libbpfLink;

    /// <summary>Opens a live link by id. Needs CAP_SYS_ADMIN.</summary>
    /// <exception cref="BpfException">No such link, or not permitted.</exception>
    public static BpfLink OpenById(uint id) =>
        TryOpenById(id, out Errno error) ?? throw KernelObjects.CannotOpen("link", "link", id, error);

    /// <summary>Opens a live link by id.</summary>
    /// <returns>Null, with the error, when it is gone (<c>ENOENT</c>) or not permitted.</returns>
    public static BpfLink? TryOpenById(uint id, out Errno error)
    {
        int fd = KernelObjects.FdById(BpfCommand.LinkGetFdById, id);
        error = new Errno(fd < 0 ? -fd : 0);
        return fd < 0 ? null : new BpfLink(fd);
    }

    /// <summary>Opens a pinned link.</summary>
    /// <param name="path">A file of a bpffs.</param>
    /// <exception cref="BpfException">No such file, or what it holds is not a link.</exception>
    public static BpfLink OpenPinned(string path) => new(ObjectPath.Open(path, "link", "bpf-link"));

    /// <summary>Reads what the kernel says of the link, as of now.</summary>
    /// <exception cref="BpfException">
    /// The kernel refused, or the attachment is not a link of the kernel (a perf event on old kernels).
    /// </exception>
    public BpfLinkInfo GetInfo() => GetInfo(BpfLinkType.Unspec);

    /// <summary>As <see cref="GetInfo()"/>, of one system call less for a link of the type that is expected.</summary>
    /// <param name="expected">What the type may be: of many links one after the other, that of the one before.</param>
    /// <exception cref="BpfException">As for <see cref="GetInfo()"/>.</exception>
    public BpfLinkInfo GetInfo(BpfLinkType expected)
    {
        using FdUse use = Use();
        return BpfLinkInfoReader.Read(use.Number, expected);
    }

    /// <inheritdoc/>
    protected override bool ReleaseHandle() =>
        _libbpfLink != 0 ? LibBpf.bpf_link__destroy(_libbpfLink) == 0 : base.ReleaseHandle();
}
