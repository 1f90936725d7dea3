using Skep.Bpf;
using Skep.Debug.Machine.Code;
using Skep.Debug.Machine.Contexts;
using Skep.Debug.Machine.Image;
using Skep.Debug.Machine.Maps;
using Skep.Debug.Machine.Memory;
using Skep.Linux.Errors;

namespace Skep.Debug.Machine.State;

/// <summary>All that a run changes, and what calls work on.</summary>
internal sealed class MachineState
{
    // MAX_CALL_FRAMES and MAX_BPF_STACK of include/linux/filter.h and bpf_verifier.h, BPF_MAX_LOOPS, MAX_TAIL_CALL_CNT of bpf.h.
    public const int MostFrames = 8, StackSize = 512, MostIterations = 8 << 20, MostTailCalls = 33;

    private const int Fp = 10;
    private const ushort Saved = 0b11_1100_0000;

    private readonly Region[] _stacks;
    private readonly Block?[] _written;
    private readonly Dictionary<long, (KernelQuestion Question, KernelAnswer Answer)> _answers = [];
    private int _ownRegions;
    private int _ownBlocks;

    /// <param name="memory">The memory.</param>
    /// <param name="maps">The maps.</param>
    /// <param name="context">What programs are given.</param>
    /// <param name="options">The rest.</param>
    /// <param name="functionsCallPrograms">
    /// Whether functions may make tail calls: the program that is called has as many frames again, on top of the function's callers.
    /// </param>
    public MachineState(AddressSpace memory, MapTable maps, MachineContext context, MachineOptions options, bool functionsCallPrograms)
    {
        (Memory, Maps, Context, Options) = (memory, maps, context, options);
        int frames = functionsCallPrograms ? MostFrames * (MostTailCalls + 1) : MostFrames;
        (_stacks, _written, Frames) = (new Region[frames], new Block?[frames], new Frame[frames]);
        for (int i = 0; i < frames; i++)
        {
            Region stack = memory.Add(
                new Region(memory.NextId, RegionKind.Stack, $"stack of frame {i}", memory.NewBlock(StackSize)) { IsWritable = true });
            if (!options.ZeroStack)
            {
                _written[i] = new Block(StackSize) { IsAlwaysDirty = true };
                memory.Blocks.Add(_written[i]!);
                stack.Written = _written[i]!.Bytes;
            }

            _stacks[i] = stack;
        }

        Keep();
    }

    public AddressSpace Memory { get; }

    public MapTable Maps { get; }

    public MachineContext Context { get; }

    public MachineOptions Options { get; }

    public required LinkedCode Code { get; init; }

    /// <summary>
    /// Whether the programs are translated: a loop that the verifier inlined saves registers that it uses, written or not
    /// (<c>inline_bpf_loop</c> of kernel/bpf/verifier.c).
    /// </summary>
    public required bool IsTranslated { get; init; }

    /// <summary>The types of the programs, for tail calls.</summary>
    public required BpfProgramType[] Types { get; init; }

    /// <summary>By program: the types that it makes objects of.</summary>
    public required LocalTypes[] LocalTypes { get; init; }

    public ulong[] Registers { get; } = new ulong[Op.ImmediateRegister + 1];

    /// <summary>By bit: the registers that were written.</summary>
    public ushort Initialized { get; set; }

    /// <summary>The place of the instruction that is next, or at fault.</summary>
    public int Place { get; set; }

    /// <summary>Where a call goes on, when it does not return at once.</summary>
    public int Next { get; set; }

    /// <summary>Whether a call went elsewhere: to a callback, to another program.</summary>
    public bool IsTransferred { get; set; }

    /// <summary>Whether a call ended the program.</summary>
    public bool IsEnded { get; set; }

    public Frame[] Frames { get; }

    /// <summary>The number of the frame that runs.</summary>
    public int Depth { get; private set; }

    public long Steps { get; set; }

    public int TailCalls { get; set; }

    public ulong Random { get; set; }

    public ulong StartTime { get; private set; }

    /// <summary>The argument whose register a call is about to use.</summary>
    public int Blamed { get; set; }

    /// <summary>Records that are reserved and neither submitted nor discarded.</summary>
    public int OpenRecords { get; set; }

    /// <summary>References to objects that are neither given up nor put into a map or another object.</summary>
    public int OpenObjects { get; set; }

    /// <summary>The address of the lock that is held; 0 for none.</summary>
    public ulong HeldLock { get; set; }

    /// <summary>The addresses of the resilient locks that are held, in the order in which they were taken.</summary>
    public ulong[] HeldResilientLocks { get; set; } = [];

    /// <summary>The address of the timer whose callback runs; 0 for none.</summary>
    public ulong RunningTimer { get; set; }

    public List<MachineEvent> Events { get; } = [];

    private ushort Always => (ushort)(1 << Op.ImmediateRegister | 1 << Fp | (IsTranslated ? Saved : 0));

    public PacketFrame Packet => Context.Packet
        ?? throw new MachineStopException(FaultKind.InvalidArgument, "programs of this type have no packet");

    public ulong FramePointer(int depth) => AddressSpace.AddressOf(_stacks[depth], StackSize);

    public ulong Now => StartTime + (ulong)Steps;

    /// <summary>Makes what there is of memory a part of the machine, not of the run.</summary>
    public void Keep() => (_ownRegions, _ownBlocks) = (Memory.Count, Memory.Blocks.Count);

    public void Start(int program, MachineInput input)
    {
        Memory.Release(_ownRegions, _ownBlocks);
        Context.Start(input);
        foreach (MachineMap map in Maps.All) (map as RingMap)?.Consume();
        StartTime = input.Time ?? Options.Time;
        Random = Options.Seed;
        Steps = 0;
        Events.Clear();
        _answers.Clear();
        BeginRun(Code.Starts[program], 1 << 1);
        Registers[1] = AddressSpace.AddressOf(Context.Region, 0);
    }

    /// <summary>Begins a function that the kernel calls when the program has ended. That is a step.</summary>
    public void Restart(int function, ushort arguments)
    {
        Steps++;
        BeginRun(function, arguments);
    }

    /// <summary>Lets time pass, up to a time; it does not go back.</summary>
    public void Advance(ulong time) => StartTime += time > Now ? time - Now : 0;

    /// <summary>Calls a function. Its arguments are in registers already; those that were written stay so.</summary>
    public void Enter(int function, int returnTo, ushort arguments, CallerKind caller = CallerKind.Program)
    {
        int beginning = Frames[Depth].Beginning;
        if (Depth + 1 - beginning == MostFrames)
            throw new MachineStopException(FaultKind.CallDepth, $"the call is nested deeper than {MostFrames} frames");
        Depth++;
        Frames[Depth] = new Frame
        {
            Function = function,
            ReturnTo = returnTo,
            Caller = caller,
            Beginning = beginning,
            Initialized = (ushort)(Initialized & Saved),
            R6 = Registers[6],
            R7 = Registers[7],
            R8 = Registers[8],
            R9 = Registers[9],
        };
        Registers[Fp] = FramePointer(Depth);
        Begin(function, arguments);
    }

    /// <summary>Begins the function of the frame, again or with another one.</summary>
    public void Begin(int function, ushort arguments)
    {
        EnterStack();

        // A function begins with its budget of may_goto, each time that it is run.
        Frames[Depth].Budget = MostIterations;
        Initialized = (ushort)(Always | arguments);
        (Next, IsTransferred) = (function, true);
    }

    /// <summary>Has the kernel asked again what it has answered.</summary>
    public void ForgetAnswers() => _answers.Clear();

    /// <summary>Returns to the caller. r0 is the result, if it was written.</summary>
    public void Leave()
    {
        ref Frame frame = ref Frames[Depth];
        (Registers[6], Registers[7], Registers[8], Registers[9]) = (frame.R6, frame.R7, frame.R8, frame.R9);
        Initialized = (ushort)(Always | frame.Initialized | (Initialized & 1));
        _stacks[Depth].SetBounds(0, 0);
        Depth--;
        Registers[Fp] = FramePointer(Depth);
        (Next, IsTransferred) = (frame.ReturnTo, true);
    }

    /// <summary>Asks the kernel. A run that goes back and forth again is answered as it was before.</summary>
    /// <param name="call">The helper.</param>
    /// <param name="bytes">The memory that it reads and writes.</param>
    /// <param name="numbers">The numbers that it takes.</param>
    /// <exception cref="MachineStopException">There is none to ask, or it does not answer.</exception>
    public KernelAnswer Ask(string call, byte[] bytes, params ulong[] numbers)
    {
        IKernelLookup kernel = Options.Kernel ?? throw new MachineStopException(
            FaultKind.NotSimulated, $"{call} depends on the network of a kernel, and none is asked (skep debug --ask-kernel)");
        var question = new KernelQuestion(call, Types[Code.ProgramOf(Place)], Context.PacketOutput(), Context.Output(), bytes)
        {
            Numbers = numbers,
        };
        if (_answers.TryGetValue(Steps, out var known) && known.Question.IsSame(question)) return known.Answer;
        try
        {
            KernelAnswer answer = kernel.Answer(question);
            _answers[Steps] = (question, answer);
            return answer;
        }
        catch (KernelException e)
        {
            throw new MachineStopException(FaultKind.NotSimulated, $"{call} was asked of the kernel: {e.Message}");
        }
    }

    public MachineCheckpoint Take()
    {
        var bounds = new (int Low, int Extent)[Memory.Count];
        for (int i = 0; i < bounds.Length; i++) bounds[i] = ((int)Memory[i].Low, (int)Memory[i].Extent);
        return new MachineCheckpoint
        {
            Place = Place,
            Depth = Depth,
            Steps = Steps,
            Scalars = (TailCalls, Random, StartTime, OpenRecords, HeldLock, Initialized),
            OpenObjects = OpenObjects,
            RunningTimer = RunningTimer,
            HeldResilientLocks = HeldResilientLocks,
            Registers = [.. Registers],
            Frames = [.. Frames.AsSpan(0, Depth + 1)],
            Events = Events.Count,
            Bounds = bounds,
            Regions = [.. Memory.From(_ownRegions)],
            Blocks = [.. Memory.Blocks.Skip(_ownBlocks)],
            Pages = [.. Memory.Blocks.Select(block => block.Take())],
        };
    }

    public void Restore(MachineCheckpoint taken)
    {
        Memory.Replace(_ownRegions, taken.Regions, _ownBlocks, taken.Blocks);
        for (int i = 0; i < taken.Pages.Length; i++) Memory.Blocks[i].Restore(taken.Pages[i]);
        for (int i = 0; i < taken.Bounds.Length; i++) Memory[i].SetBounds(taken.Bounds[i].Low, taken.Bounds[i].Extent);
        (Place, Depth, Steps) = (taken.Place, taken.Depth, taken.Steps);
        (TailCalls, Random, StartTime, OpenRecords, HeldLock, Initialized) = taken.Scalars;
        (OpenObjects, RunningTimer, HeldResilientLocks) = (taken.OpenObjects, taken.RunningTimer, taken.HeldResilientLocks);
        taken.Registers.CopyTo(Registers, 0);
        taken.Frames.CopyTo(Frames, 0);
        (IsEnded, IsTransferred, Blamed) = (false, false, 0);
        if (Events.Count > taken.Events) Events.RemoveRange(taken.Events, Events.Count - taken.Events);
    }

    private void BeginRun(int function, ushort arguments)
    {
        (TailCalls, OpenRecords, OpenObjects, HeldLock, RunningTimer, HeldResilientLocks) = (0, 0, 0, 0, 0, []);
        (IsEnded, IsTransferred, Blamed, Depth) = (false, false, 0, 0);
        for (int i = 1; i < _stacks.Length; i++) _stacks[i].SetBounds(0, 0);
        Frames[0] = new Frame { Function = function, Budget = MostIterations };
        EnterStack();
        Registers.AsSpan().Clear();
        Registers[Fp] = FramePointer(0);
        Initialized = (ushort)(Always | arguments);
        Place = function;
    }

    private void EnterStack()
    {
        Region stack = _stacks[Depth];
        stack.SetBounds(0, StackSize);
        if (_written[Depth] is { } written)
        {
            written.Bytes.AsSpan().Clear();
        }
        else
        {
            stack.Bytes.AsSpan().Clear();
            stack.MarkWritten(0, StackSize);
        }
    }
}
