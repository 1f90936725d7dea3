using System.Runtime.InteropServices;
using System.Text;
using Skep.Bpf.Interop;
using Skep.Linux.Errors;
using Skep.Linux.Interop;

namespace Skep.Bpf;

/// <summary>
/// An object file of clang's BPF target (<c>.bpf.o</c>), opened and loaded by libbpf: maps are created, CO-RE relocations are done,
/// programs are loaded. Life: open, configure, <see cref="Load"/>, attach. Closing it closes its own descriptors; links and
/// duplicated maps and programs live on. Not for use by several threads at once.
/// </summary>
public sealed unsafe class BpfObject : IDisposable
{
    private readonly List<BpfObjectProgram> _programs = [];
    private readonly List<BpfObjectMap> _maps = [];
    private nint _object;
    private Btf? _btf;

    private BpfObject(nint obj, string name)
    {
        _object = obj;
        Name = name;
        for (nint p = LibBpf.bpf_object__next_program(obj, 0); p != 0; p = LibBpf.bpf_object__next_program(obj, p))
            _programs.Add(new BpfObjectProgram(this, p));
        for (nint m = LibBpf.bpf_object__next_map(obj, 0); m != 0; m = LibBpf.bpf_object__next_map(obj, m))
            _maps.Add(new BpfObjectMap(this, m));
    }

    /// <summary>The name that it was opened with.</summary>
    public string Name { get; }

    /// <summary>Whether <see cref="Load"/> has succeeded.</summary>
    public bool IsLoaded { get; private set; }

    /// <summary>Its programs, in the file's order.</summary>
    public IReadOnlyList<BpfObjectProgram> Programs => _programs;

    /// <summary>Its maps, with those of the global variable sections.</summary>
    public IReadOnlyList<BpfObjectMap> Maps => _maps;

    /// <summary>What libbpf warned of at open and load.</summary>
    public string Messages { get; private set; } = "";

    /// <summary>Opens an object file from memory. Nothing is in the kernel yet.</summary>
    /// <param name="elf">The whole file. It is not needed after the call.</param>
    /// <param name="name">The object's name: it begins the kernel names of the variable sections' maps.</param>
    /// <exception cref="BpfLoadException">It is not such a file, or libbpf cannot use it; the log has libbpf's words.</exception>
    public static BpfObject Open(ReadOnlySpan<byte> elf, string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        using LibbpfLog log = LibbpfLog.Begin();
        nint obj;
        int error;

        // libelf reads the file's structures in place and wants them aligned.
        byte* copy = (byte*)NativeMemory.AlignedAlloc((nuint)Math.Max(elf.Length, 1), 16);
        try
        {
            elf.CopyTo(new Span<byte>(copy, elf.Length));
            fixed (byte* nameBytes = Encoding.UTF8.GetBytes(name + '\0'))
            {
                var options = new LibBpf.bpf_object_open_opts { sz = (nuint)sizeof(LibBpf.bpf_object_open_opts), object_name = nameBytes };
                obj = LibBpf.bpf_object__open_mem(copy, (nuint)elf.Length, &options);
                error = Marshal.GetLastPInvokeError();
            }
        }
        finally
        {
            NativeMemory.AlignedFree(copy);
        }

        if (obj == 0) throw new BpfLoadException($"open BPF object {name}", ErrnoOf(error), log.Text);
        return new BpfObject(obj, name) { Messages = log.Text };
    }

    /// <summary>The program of a name (the C function's).</summary>
    /// <exception cref="KeyNotFoundException">There is none.</exception>
    public BpfObjectProgram Program(string name) =>
        _programs.Find(p => p.Name == name) ?? throw new KeyNotFoundException($"BPF object {Name} has no program {name}");

    /// <summary>The map of a name; a global variable section's by its name alone: <c>.rodata</c>, <c>.data</c>, <c>.bss</c>.</summary>
    /// <exception cref="KeyNotFoundException">There is none.</exception>
    public BpfObjectMap Map(string name) =>
        _maps.Find(m => m.Name == name || m.SectionName == name)
        ?? throw new KeyNotFoundException($"BPF object {Name} has no map {name}");

    /// <summary>Sets a global variable's initial value, by its name in the source. To be done before the load.</summary>
    /// <typeparam name="T">An unmanaged type of the variable's size.</typeparam>
    /// <exception cref="KeyNotFoundException">There is no such variable.</exception>
    /// <exception cref="ArgumentException">It has another size.</exception>
    public void SetVariable<T>(string name, T value) where T : unmanaged
    {
        BpfObjectVariable variable = Variable(name);
        if (variable.Size != sizeof(T))
            throw new ArgumentException($"variable {name} of BPF object {Name} has {variable.Size} bytes, not {sizeof(T)}");
        variable.Map.WriteInitialValue(variable.Offset, value);
    }

    /// <summary>Finds a global variable by its name in the source.</summary>
    /// <exception cref="KeyNotFoundException">There is no such variable, or the object has no BTF.</exception>
    public BpfObjectVariable Variable(string name)
    {
        _btf ??= GetBtf() is { Length: > 0 } raw ? Btf.Parse(raw) : null;
        foreach (BpfObjectMap map in _maps)
        {
            if (_btf is null || map.SectionName is null || !_btf.TryFind(map.SectionName, BtfKind.DataSec, out BtfType section)) continue;
            foreach (BtfSectionVariable variable in section.GetVariables())
            {
                if (_btf[variable.TypeId].Name == name) return new BpfObjectVariable(map, (int)variable.Offset, (int)variable.Size);
            }
        }

        throw new KeyNotFoundException($"BPF object {Name} has no global variable {name}");
    }

    /// <summary>Creates the maps and loads the programs that are set to load.</summary>
    /// <exception cref="BpfLoadException">The kernel or libbpf refused; the log has the verifier's words.</exception>
    public void Load()
    {
        ThrowIfClosed();
        if (IsLoaded) throw new InvalidOperationException($"BPF object {Name} is loaded already");
        using LibbpfLog log = LibbpfLog.Begin();
        int result = LibBpf.bpf_object__load(_object);

        // libbpf has had the kernel's BTF and its own copy of the file in the heap.
        _ = Libc.malloc_trim(0);
        Messages += log.Text;
        if (result < 0) throw new BpfLoadException($"load BPF object {Name}", ErrnoOf(-result), log.Text);
        IsLoaded = true;
    }

    /// <summary>
    /// Creates the maps and loads one of the programs; of a section that is newer than libbpf too. Maps that the file has pinned by name
    /// are not pinned, and none that is pinned is used: nothing outside the object is changed.
    /// </summary>
    /// <param name="program">A program of this object.</param>
    /// <exception cref="BpfLoadException">The kernel or libbpf refused; the log has the verifier's words.</exception>
    public void LoadOnly(BpfObjectProgram program)
    {
        ArgumentNullException.ThrowIfNull(program);
        LoadChosen(program, other => ReferenceEquals(other, program));
    }

    /// <summary>
    /// As <see cref="LoadOnly"/>, together with the other programs of its type: where the file fills an array with programs to be called.
    /// </summary>
    /// <inheritdoc cref="LoadOnly"/>
    public void LoadWithCalled(BpfObjectProgram program)
    {
        ArgumentNullException.ThrowIfNull(program);
        program.NameType();
        LoadChosen(program, other => other.Type == program.Type);
    }

    private void LoadChosen(BpfObjectProgram program, Func<BpfObjectProgram, bool> isWanted)
    {
        foreach (BpfObjectProgram other in _programs) other.Autoload = isWanted(other);
        foreach (BpfObjectMap map in _maps)
        {
            map.LeaveUnpinned();
            map.PlaceArena();
        }

        program.NameType();
        Load();
    }

    /// <summary>The raw BTF of the object; empty when it has none.</summary>
    public byte[] GetBtf()
    {
        ThrowIfClosed();
        nint btf = LibBpf.bpf_object__btf(_object);
        if (btf == 0) return [];
        uint size;
        byte* bytes = LibBpf.btf__raw_data(btf, &size);
        return bytes is null ? [] : new ReadOnlySpan<byte>(bytes, (int)size).ToArray();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        nint obj = Interlocked.Exchange(ref _object, 0);
        if (obj != 0)
        {
            LibBpf.bpf_object__close(obj);
            foreach (BpfObjectProgram program in _programs) program.FreeLog();
        }

        GC.SuppressFinalize(this);
    }

    /// <summary>Closes an object that was not disposed.</summary>
    ~BpfObject() => Dispose();

    internal void ThrowIfClosed() => ObjectDisposedException.ThrowIf(_object == 0, this);

    internal static Errno ErrnoOf(int error) => new(Math.Abs(error));
}
