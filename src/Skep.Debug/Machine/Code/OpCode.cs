namespace Skep.Debug.Machine.Code;

/// <summary>What a decoded instruction does. The second operand is a register: immediates are in one of their own.</summary>
internal enum OpCode : byte
{
    Stop,
    Add64, Sub64, Mul64, Div64, Mod64, SDiv64, SMod64, Or64, And64, Xor64, Lsh64, Rsh64, Arsh64, Neg64, Mov64,
    Add32, Sub32, Mul32, Div32, Mod32, SDiv32, SMod32, Or32, And32, Xor32, Lsh32, Rsh32, Arsh32, Neg32, Mov32,
    Extend8To64, Extend16To64, Extend32To64, Extend8To32, Extend16To32,
    Low16, Low32, Same, Swap16, Swap32, Swap64,
    CastToArena, CastFromArena,
    Load1, Load2, Load4, Load8, LoadSigned1, LoadSigned2, LoadSigned4,
    Store1, Store2, Store4, Store8,
    Atomic32, Atomic64, LoadAcquire, StoreRelease,
    LoadWide, LoadPacket,
    Jump, MayGoto,
    Equal64, NotEqual64, Greater64, GreaterOrEqual64, Less64, LessOrEqual64,
    SignedGreater64, SignedGreaterOrEqual64, SignedLess64, SignedLessOrEqual64, AnyBit64,
    Equal32, NotEqual32, Greater32, GreaterOrEqual32, Less32, LessOrEqual32,
    SignedGreater32, SignedGreaterOrEqual32, SignedLess32, SignedLessOrEqual32, AnyBit32,
    Call, CallLocal, CallRegister, Exit,
}
