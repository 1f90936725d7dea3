using System;
using Skep.Bpf;
using Skep.Bpf.Core;
using Skep.Inventory.Machine;
using Skep.Inventory.Passes;
using Skep.Linux.Errors;
using Skep.Linux.Processes;

namespace Skep.Inventory.Objects;

/// <summary>What is beside the kernel's objects and says whom they serve: who holds them, where they are pinned, where attached.</summary>
public sealed class Surroundings
{
    private readonly Task<OwnerIndex> _owners;
    private readonly Task<KernelLists> _lists;
    private readonly Lazy<PinIndex> _pins = new(PinIndex.Read);
    private readonly Lazy<AttachmentIndex?> _attachments;
    private readonly Lazy<ProgramMetadata> _metadata;
    private readonly Lazy<IReadOnlyList<Listed<LinkEntry>>> _links;

    private Surroundings(
        MachineSnapshot machine, Task<OwnerIndex> owners, Task<KernelLists> lists, SharedWalk<Listed<LinkEntry>>? links)
    {
        Machine = machine;
        _owners = owners;
        _lists = lists;
        _links = new Lazy<IReadOnlyList<Listed<LinkEntry>>>(() => links is null ? [] : [.. links.Complete()]);
        _attachments = new Lazy<AttachmentIndex?>(() => links is null ? null : ReadAttachments());
        _metadata = new Lazy<ProgramMetadata>(() => new ProgramMetadata(Lists));
    }

    /// <summary>Names what is around.</summary>
    public MachineSnapshot Machine { get; }

    /// <summary>The processes that hold objects. Waits until they are read.</summary>
    public OwnerIndex Owners => _owners.GetAwaiter().GetResult();

    /// <summary>Where objects are pinned.</summary>
    public PinIndex Pins => _pins.Value;

    /// <summary>Where programs are attached; null when it was not asked for. Waits until it is known who holds objects.</summary>
    /// <exception cref="KernelException">Links may not be walked.</exception>
    public AttachmentIndex? Attachments => _attachments.Value;

    /// <summary>All links; none when attachments were not asked for.</summary>
    /// <exception cref="KernelException">Links may not be walked.</exception>
    public IReadOnlyList<Listed<LinkEntry>> Links => _links.Value;

    /// <summary>What /proc says of the processes.</summary>
    public ProcessFiles Processes { get; } = new();

    /// <summary>What programs say of themselves.</summary>
    public ProgramMetadata Metadata => _metadata.Value;

    internal KernelLists Lists => _lists.GetAwaiter().GetResult();

    /// <summary>
    /// Begins: a thread beside this one has the kernel walk its own lists; the rest is read when it is asked for. Owners are read by
    /// programs that are loaded for it: ids that are to be shown must have been walked before.
    /// </summary>
    /// <param name="machine">Names what is around.</param>
    /// <param name="attachments">Whether attachments are wanted as well.</param>
    /// <param name="walk">
    /// Walks the ids that are to be shown, on this thread, while the other one does not need to load anything yet.
    /// </param>
    /// <exception cref="KernelException">Links may not be walked.</exception>
    public static Surroundings Begin(MachineSnapshot machine, bool attachments, Action? walk = null)
    {
        var (lists, owners) = (new TaskCompletionSource<KernelLists>(), new TaskCompletionSource<OwnerIndex>());
        var walked = new TaskCompletionSource<SharedWalk<Listed<LinkEntry>>?>();
        var beside = new Thread(() =>
        {
            ReadKernel(machine.Types, attachments, walked.Task, lists, owners);
            if (walked.Task.IsCompletedSuccessfully) walked.Task.Result?.Help();
        })
        {
            IsBackground = true,
            Name = "surroundings",
        };
        beside.Start();
        try
        {
            walk?.Invoke();
            SharedWalk<Listed<LinkEntry>>? links = attachments ? ObjectWalk.ShareLinks() : null;
            walked.SetResult(links);
            return new Surroundings(machine, owners.Task, lists.Task, links);
        }
        finally
        {
            walked.TrySetCanceled();
        }
    }

    /// <summary>Reads all of it now, last what takes longest to come.</summary>
    /// <exception cref="KernelException">Links may not be walked.</exception>
    public void Complete() => _ = (Pins, Attachments, Owners);

    /// <summary>Bytes of a program's memory; null where the kernel does not tell.</summary>
    public long? Memlock(uint program)
    {
        if (Lists.Memlock(program) is { } known) return known;
        using BpfProgram? open = BpfProgram.TryOpenById(program, out _);
        return open?.ReadFields().Number("memlock"u8);
    }

    private AttachmentIndex ReadAttachments()
    {
        AttachmentIndex attachments = AttachmentIndex.Read(Links, Machine);
        attachments.Add(Lists, Machine.Types);
        attachments.Add(Owners, Machine);
        return attachments;
    }

    private static void ReadKernel(KernelTypes types, bool withLists, Task walked, TaskCompletionSource<KernelLists> lists,
        TaskCompletionSource<OwnerIndex> owners)
    {
        try
        {
            PreparedIterators prepared = withLists
                ? IteratorPass.Prepare(types, IteratorPass.Descriptors, IteratorPass.Programs, IteratorPass.Maps)
                : IteratorPass.Prepare(types, IteratorPass.Descriptors);
            walked.GetAwaiter().GetResult();
            using var pass = new IteratorPass(prepared);
            if (withLists) lists.SetResult(new KernelLists(pass.Read(1), pass.Read(2)));
            owners.SetResult(OwnerIndex.Of(pass.Read(0)));
        }
        catch (Exception e) when (e is KernelException or IOException or NotSupportedException or OperationCanceledException)
        {
            owners.TrySetResult(OwnerIndex.Unknown(e.Message));
        }
        catch (Exception e)
        {
            owners.TrySetException(e);
        }
        finally
        {
            lists.TrySetResult(new KernelLists(null, null));
        }
    }
}
