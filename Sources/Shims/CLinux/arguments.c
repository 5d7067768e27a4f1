// In a program that is linked statically, Swift's runtime looks for the arguments beside the environment, and a library
// that sets a variable before that has moved the environment away: the program would see no arguments. So they are
// handed over first; a runtime that is a library of its own has found them already, and takes them again.

__attribute__((weak)) void _swift_stdlib_overrideUnsafeArgvArgc(char **arguments, int count);

__attribute__((constructor(101))) static void hand_arguments_over(int count, char **arguments) {
    if (_swift_stdlib_overrideUnsafeArgvArgc) _swift_stdlib_overrideUnsafeArgvArgc(arguments, count);
}
