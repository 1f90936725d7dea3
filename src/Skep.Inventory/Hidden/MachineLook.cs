using System.Globalization;
using System.Runtime.InteropServices;
using Skep.Bpf;
using Skep.Inventory.Objects;
using Skep.Inventory.Passes;
using Skep.Linux.Errors;

namespace Skep.Inventory.Hidden;

/// <summary>Looks at this machine by all sources that there are.</summary>
public static class MachineLook
{
    private const string Program = "program", Map = "map", Link = "link", Symbol = "symbol";
    private const string Walk = "id walk", Iterator = "iterator", Descriptors = "descriptors", DescriptorText = "fdinfo",
        Symbols = "kallsyms";

    /// <summary>Looks once.</summary>
    /// <param name="types">The kernel's.</param>
    /// <exception cref="KernelException">Ids may not be walked.</exception>
    public static ObjectSightings Look(KernelTypes types)
    {
        var seen = new ObjectSightings();

        // Symbols first: the programs that the iterators below are come later, and linger there for a while.
        bool symbols = ProgramSymbols.AreThere();
        if (symbols) seen.Add(Symbol, Symbols, complete: true, ProgramSymbols.Read());
        else seen.AddUnread(Symbols,
            "the kernel gives compiled programs no symbols (net.core.bpf_jit_kallsyms is not 1, or bpf_jit_harden is not 0; or "
            + "/proc/kallsyms may not be read)");
        DescriptorTexts texts = DescriptorTexts.Read();
        foreach (string kind in (string[])[Program, Map, Link]) seen.Add(kind, DescriptorText, complete: false, texts.Ids(kind));
        AddWalks(seen, symbols);
        AddAttachments(seen);
        AddPasses(seen, types);
        return seen;
    }

    private static void AddWalks(ObjectSightings seen, bool symbols)
    {
        uint[] programs = [.. KernelObjects.ProgramIds()];
        seen.Add(Program, Walk, complete: true, Names(programs));
        seen.Add(Map, Walk, complete: true, Names(KernelObjects.MapIds()));
        seen.Add(Link, Walk, complete: true, Names(KernelObjects.LinkIds()));
        var tags = new List<string>();
        var maps = new List<uint>();
        foreach (uint id in programs)
        {
            using BpfProgram? program = BpfProgram.TryOpenById(id, out _);
            if (program is null) continue;
            try
            {
                BpfProgramInfo info = program.GetInfo(out uint[] used);
                maps.AddRange(used);
                string[] functions = ProgramSymbols.Of(program, info);
                tags.AddRange(functions);

                // The main function's symbol has the whole program's tag, not its own (kernel/bpf/verifier.c, jit_subprogs).
                if (functions.Length > 1 && functions[1] != info.Tag) seen.Excuse(new HiddenKey(Symbol, functions[1]), Symbols);

                // Programs of users without CAP_BPF get no symbol (bpf_prog_kallsyms_add); the program's uid is all that tells of it.
                if (info.CreatedByUid == 0) continue;
                foreach (string tag in functions) seen.Excuse(new HiddenKey(Symbol, tag), Symbols);
            }
            catch (KernelException)
            {
                // Its id is known: what it uses is not.
            }
        }

        seen.Add(Map, "programs", complete: false, Names(maps));
        if (symbols) seen.Add(Symbol, "programs", complete: true, tags);
        seen.Add(Program, "links", complete: false, Names(ObjectWalk.Links().Select(link => link.Entry?.Info.ProgramId ?? 0)));
    }

    private static void AddAttachments(ObjectSightings seen)
    {
        NetworkView network = NetworkView.Read();
        seen.Add(Program, "network", complete: false,
            Names(network.Places.SelectMany(place => place.Actions.Select(action => action.ProgramId).Append(place.ProgramId))));
        seen.Add(Link, "network", complete: false, Names(network.Places.Select(place => place.LinkId)));
        if (CgroupView.Mount is { } root)
            seen.Add(Program, "cgroups", complete: false,
                Names(CgroupView.Tree(root, effective: false).SelectMany(cgroup => cgroup.Programs.Select(program => program.ProgramId))));
    }

    private static void AddPasses(ObjectSightings seen, KernelTypes types)
    {
        byte[]?[] passes;
        try
        {
            passes = IteratorPass.Read(types, IteratorPass.Descriptors, IteratorPass.Programs, IteratorPass.Maps, IteratorPass.Links);
        }
        catch (Exception e) when (e is KernelException or IOException or NotSupportedException)
        {
            seen.AddUnread(Iterator, e.Message);
            return;
        }

        OwnerIndex owners = OwnerIndex.Of(passes[0]);
        seen.Add(Program, "perf events", complete: false, Names(owners.PerfEvents.Select(held => held.ProgramId)));
        seen.Add(Program, Descriptors, complete: false, Names(owners.Ids(ObjectKind.Prog)));
        seen.Add(Map, Descriptors, complete: false, Names(owners.Ids(ObjectKind.Map)));
        seen.Add(Link, Descriptors, complete: false, Names(owners.Ids(ObjectKind.Link)));
        seen.Add(Map, "sockets", complete: false, Names(SocketView.Read(owners).SelectMany(socket => socket.MapIds)));
        seen.Add(Program, "maps", complete: false,
            Names(MapMembers.Read(new KernelLists(passes[1], passes[2]), types).Select(member => member.ProgramId)));
        AddPass(seen, Program, ObjectKind.Prog, passes[1]);
        AddPass(seen, Map, ObjectKind.Map, passes[2]);
        AddPass(seen, Link, ObjectKind.Link, passes[3]);
    }

    private static void AddPass(ObjectSightings seen, string name, ObjectKind kind, byte[]? pass)
    {
        if (pass is null)
        {
            seen.AddUnread($"{Iterator} over {name}s", "this kernel has none");
            return;
        }

        var ids = new List<uint>();
        foreach (ref readonly ObjectRecord record in MemoryMarshal.Cast<byte, ObjectRecord>(pass))
            if (record.Kind == kind) ids.Add(record.Id);
        seen.Add(name, Iterator, complete: true, Names(ids));
    }

    private static IEnumerable<string> Names(IEnumerable<uint> ids) => ids.Select(id => id.ToString(CultureInfo.InvariantCulture));
}
