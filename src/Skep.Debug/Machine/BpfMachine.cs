using System.Buffers.Binary;
using Skep.Bpf;
using Skep.Debug.Machine.Code;
using Skep.Debug.Machine.Contexts;
using Skep.Debug.Machine.Image;
using Skep.Debug.Machine.Maps;
using Skep.Debug.Machine.Memory;
using Skep.Debug.Machine.Run;
using Skep.Debug.Machine.State;
using Skep.Isa;

namespace Skep.Debug.Machine;

/// <summary>Where a machine is.</summary>
public enum MachineStatus
{
    /// <summary>No run was started.</summary>
    Idle,

    /// <summary>The program has more to do.</summary>
    Running,

    /// <summary>The program returned.</summary>
    Finished,

    /// <summary>An instruction cannot be done: <see cref="BpfMachine.Fault"/>.</summary>
    Stopped,
}

/// <summary>
/// Runs BPF programs without the kernel, and stops where it would have to guess. All that it does follows from the programs, the input and
/// the options. For one thread at a time.
/// </summary>
public sealed partial class BpfMachine
{
    private readonly MachineState _state;
    private readonly Interpreter _interpreter;
    private readonly BpfProgramType _type;

    /// <summary>A machine with its own maps.</summary>
    /// <param name="programs">The programs: one, and those that it may call by tail calls.</param>
    /// <param name="options">The rest.</param>
    /// <exception cref="NotSupportedException">A map is larger than a machine holds.</exception>
    public BpfMachine(IReadOnlyList<ProgramImage> programs, MachineOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(programs);
        ArgumentOutOfRangeException.ThrowIfZero(programs.Count, nameof(programs));
        options ??= new MachineOptions();
        if ((uint)options.Cpu >= (uint)options.Cpus)
            throw new ArgumentException($"CPU {options.Cpu} is none of {options.Cpus}", nameof(options));
        if (programs.Any(program => program.Form != programs[0].Form))
            throw new ArgumentException("some of the programs are translated, others not", nameof(programs));
        Programs = programs;
        _type = programs[0].Type;
        var memory = new AddressSpace(new ForeignMemory(options.Memory), options.AddressOffset);
        var maps = new MapTable(memory, options.Cpus);
        MachineContext context = _type switch
        {
            BpfProgramType.Xdp => new XdpContext(memory, programs[0].Form == ProgramForm.Translated),
            BpfProgramType.SocketFilter or BpfProgramType.SchedCls or BpfProgramType.SchedAct or BpfProgramType.CgroupSkb
                or BpfProgramType.LwtIn or BpfProgramType.LwtOut or BpfProgramType.LwtXmit => new SkbContext(
                    memory, _type, programs[0].Form == ProgramForm.Translated ? SkbLayout.Of(programs[0].KernelTypes) : null),
            BpfProgramType.FlowDissector => throw new NotSupportedException(
                $"run {programs[0].Name}: the machine has no context of flow dissectors"),
            _ => new BytesContext(memory, _type == BpfProgramType.Syscall),
        };
        Region functions = memory.Add(new Region(memory.NextId, RegionKind.Function, "a function", []));
        foreach (MapDefinition map in programs.SelectMany(program => program.Maps)) maps.Add(map);
        LinkedCode code = new CodeLinker(maps, AddressSpace.AddressOf(functions, 0), options.Cpu).Link(programs);
        bool functionsCallPrograms = code.Callees.Contains("bpf_tail_call") && code.Ops.Any(op => op.Code == OpCode.CallLocal);
        _state = new MachineState(memory, maps, context, options, functionsCallPrograms)
        {
            Code = code,
            IsTranslated = programs[0].Form == ProgramForm.Translated,
            Types = [.. programs.Select(p => p.Type)],
            LocalTypes = [.. programs.Select(p => new LocalTypes(p))],
        };
        _interpreter = new Interpreter(_state);
    }

    /// <summary>The programs.</summary>
    public IReadOnlyList<ProgramImage> Programs { get; }

    /// <summary>The maps, those of the programs first.</summary>
    public IReadOnlyList<MachineMap> Maps => _state.Maps.All;

    /// <summary>Where the machine is.</summary>
    public MachineStatus Status { get; private set; }

    /// <summary>Why it stopped; null when it did not.</summary>
    public MachineFault? Fault { get; private set; }

    /// <summary>What the program returned, when it has.</summary>
    public uint ReturnValue => (uint)_state.Registers[0];

    /// <summary>The instructions that this run has done.</summary>
    public long Steps => _state.Steps;

    /// <summary>What the programs of this run sent.</summary>
    public IReadOnlyList<MachineEvent> Events => _state.Events;

    /// <summary>A map by its name; null for none.</summary>
    public MachineMap? Map(string name) => _state.Maps.Find(name);

    /// <inheritdoc cref="MachineState.ForgetAnswers"/>
    public void ForgetAnswers() => _state.ForgetAnswers();

    /// <summary>Creates a map that no program refers to: one that another map is to hold.</summary>
    public MachineMap AddMap(MapDefinition definition)
    {
        if (Status != MachineStatus.Idle) throw new InvalidOperationException("a map is added before the first run");
        MachineMap map = _state.Maps.Add(definition);
        _state.Keep();
        return map;
    }

    /// <summary>Puts a program into an array of programs.</summary>
    /// <param name="array">The array.</param>
    /// <param name="index">The index.</param>
    /// <param name="program">The number of the program in <see cref="Programs"/>.</param>
    public void SetProgram(MachineMap array, uint index, int program)
    {
        ArgumentNullException.ThrowIfNull(array);
        Refer(array, BitConverter.GetBytes(index), program);
    }

    /// <summary>Puts a map into a map of maps.</summary>
    /// <param name="outer">The map of maps.</param>
    /// <param name="key">The key.</param>
    /// <param name="inner">A map of this machine.</param>
    public void SetMap(MachineMap outer, ReadOnlySpan<byte> key, MachineMap inner)
    {
        ArgumentNullException.ThrowIfNull(outer);
        Refer(outer, key, _state.Maps.NumberOf(inner));
    }

    /// <summary>Starts a run. Maps stay as they are.</summary>
    /// <param name="input">What it is given.</param>
    /// <param name="program">The number of the program that runs.</param>
    /// <exception cref="ArgumentException">A run of this type cannot be given that.</exception>
    public void Start(MachineInput input, int program = 0)
    {
        ArgumentNullException.ThrowIfNull(input);
        if (Programs[program].Type != _type)
            throw new ArgumentException($"program {program} is of another type than the first", nameof(program));
        _state.Start(program, input);
        (Status, Fault) = (MachineStatus.Running, null);
    }

    /// <summary>Does one instruction.</summary>
    public MachineStatus Step() => Run(1);

    /// <summary>Does instructions until the program ends or stops.</summary>
    /// <param name="most">The most that are done.</param>
    public MachineStatus Run(long most = long.MaxValue)
    {
        if (Status != MachineStatus.Running) return Status;
        try
        {
            if (_interpreter.Run(most)) Status = MachineStatus.Finished;
        }
        catch (MachineStopException e)
        {
            Status = MachineStatus.Stopped;
            Fault = FaultOf(e);
        }

        return Status;
    }

    /// <summary>The packet as it is now, in the form that BPF_PROG_RUN gives it.</summary>
    public byte[] PacketOutput() => _state.Context.PacketOutput();

    /// <summary>The context as it is now, in the form that BPF_PROG_RUN gives it.</summary>
    public byte[] ContextOutput() => _state.Context.Output();

    /// <summary>The whole state, to go back to. Cheap: only the pages that changed since the last one are copied.</summary>
    public MachineCheckpoint Checkpoint() => _state.Take();

    /// <summary>Goes back to a state of this run.</summary>
    public void Restore(MachineCheckpoint checkpoint)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        _state.Restore(checkpoint);
        (Status, Fault) = (MachineStatus.Running, null);
    }

    private static void Refer(MachineMap map, ReadOnlySpan<byte> key, int number)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(number);
        Span<byte> value = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(value, number + 1);
        long result = map.Set(key, value);
        if (result != 0) throw new ArgumentException($"map {map.Definition.Name} has no such key", nameof(key));
    }

    private MachineFault FaultOf(MachineStopException e)
    {
        LinkedCode code = _state.Code;
        Op op = code.Ops[_state.Place];
        int? register = e.Register ?? op.Code switch
        {
            >= OpCode.Load1 and <= OpCode.LoadSigned4 or OpCode.LoadAcquire => op.Src,
            >= OpCode.Store1 and <= OpCode.Store8 or OpCode.Atomic32 or OpCode.Atomic64 or OpCode.StoreRelease => op.Dst,
            OpCode.Call when _state.Blamed != 0 => _state.Blamed,
            _ => null,
        };
        return new MachineFault(e.Kind, code.ProgramOf(_state.Place), code.SlotOf(_state.Place), register, e.Region, e.Message);
    }
}
